/* core/code_names.h -- which globals a piece of dumped code names.
 * Level core; any thread. */
#ifndef MN_CORE_CODE_NAMES_H
#define MN_CORE_CODE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct mn_code_names {
  size_t count;
  char **names; /* each once, zero-terminated; one mn_alloc'ed block, or NULL */
  bool escapes; /* the code uses its _ENV in other ways too: these may not be all */
} mn_code_names;

/* Finds the names in what lua_dump wrote; `env` is the index, from 1, of the upvalue that they are
 * looked up in. Bytes of another version than Lua 5.4's count as naming nothing. False: no memory,
 * *found is untouched. */
bool mn_code_find_names(const unsigned char *bytes, size_t size, int env, mn_code_names *found);

#endif
