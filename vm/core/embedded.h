/* core/embedded.h -- Lua sources that were turned into data when moons was built.
 * Level core; never lua.h. Immutable. */
#ifndef MN_CORE_EMBEDDED_H
#define MN_CORE_EMBEDDED_H

#include <stddef.h>

typedef struct mn_embedded {
  const char *name; /* path without extension: "queue/queue", "re"; NULL ends the table */
  const unsigned char *data;
  size_t size;
} mn_embedded;

extern const mn_embedded mn_embedded_files[];

/* The file of that name, or NULL. */
const mn_embedded *mn_embedded_find(const char *name);

#endif
