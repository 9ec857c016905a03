/* core/code.h -- Lua functions' code, dumped once and shared by all states that run it.
 * Level core. mn_code itself is a shared object (core/handle.h) and immutable after it was made;
 * the functions that take a lua_State are for its owner thread, may throw for lack of memory and see
 * to their own room on the Lua stack. */
#ifndef MN_CORE_CODE_H
#define MN_CORE_CODE_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/handle.h"

typedef struct mn_code {
  mn_handle handle;
  uint64_t id; /* unique in the process: what the caches of the states are keyed by */
  size_t size;
  unsigned char *bytes; /* as lua_dump gave them, with debug information */
  size_t name_count;
  char **names;     /* the globals that the code names, each once; zero-terminated */
  bool env_escapes; /* uses its _ENV in other ways too: `names` may not be all */
  int env_upvalue;  /* 1-based index of the upvalue the names are looked up in; 0: none */
} mn_code;

extern const mn_type mn_code_type;

/* A copy of code that was dumped elsewhere. One reference. NULL: no memory. */
mn_code *mn_code_new(const void *bytes, size_t size, int env_upvalue);

/* The code of the Lua function at `index`, from this state's cache or dumped now. A new reference
 * for the caller. NULL: no memory. */
mn_code *mn_code_of(lua_State *L, int index);

/* Pushes a new closure of the code with nil upvalues of its own. Throws on lack of memory and on
 * bytes that don't load. */
void mn_code_push(lua_State *L, mn_code *code);

/* Pushes a closure whose only upvalue, if it has one, is the table of globals: the same closure each
 * time, unless a script has changed that upvalue. Throws as mn_code_push does. */
void mn_code_push_plain(lua_State *L, mn_code *code);

#endif
