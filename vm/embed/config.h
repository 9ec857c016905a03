/* embed/config.h -- structs that the program fills in, and that may be of an older or a newer moons.h.
 * Level embed; never lua.h. */
#ifndef MN_EMBED_CONFIG_H
#define MN_EMBED_CONFIG_H

#include <stdbool.h>

#include "moons.h"

/* Copies what the caller knows of options, `size` bytes by its own word, into `known` bytes that are zero.
 * False: that can't be. */
bool mn_embed_read_options(const void *options, void *copy, size_t known);

/* Fails when the text is longer than `room` with its zero. */
moons_status mn_embed_copy_name(char *name, size_t room, const char *text);

/* Makes all that the config refers to its own. MOONS_NO_MEMORY, MOONS_INVALID: it is not, and as it was. */
moons_status mn_config_own(moons_config *config);
/* Frees that. */
void mn_config_drop(moons_config *config);

#endif
