/* core/long_names.h -- files whose names are too long for a message.
 * Level core; never lua.h. Any thread.
 *
 * Messages have "..." and the end of such a name. Who makes a report notes the whole of it, so that the file
 * can be found for the report's excerpt. */
#ifndef MN_CORE_LONG_NAMES_H
#define MN_CORE_LONG_NAMES_H

#include "base/buffer.h"
#include "core/runtime_data.h"

/* Notes the name, unless it is noted already, there is no room for it, or nobody shows excerpts. */
void mn_long_names_note(mn_runtime *runtime, const char *name);

/* Adds the noted name that is shown so, with its zero, to `name`; false: there is none, or more than one, or
 * no memory. */
bool mn_long_names_find(mn_runtime *runtime, const char *shown, size_t size, mn_buffer *name);

void mn_long_names_free(mn_runtime *runtime);

#endif
