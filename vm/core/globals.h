/* core/globals.h -- what a state's globals and modules were before any script ran.
 * Level core. Owner thread only. What is pristine exists in every state, so it need not travel. */
#ifndef MN_CORE_GLOBALS_H
#define MN_CORE_GLOBALS_H

#include <lua.h>
#include <stdbool.h>

/* Notes the globals, the loaded and the preloaded modules as they are. Called once, when a state has
 * all its libraries. Keyed by strings only, so that states can be copied. May throw. */
void mn_globals_note_originals(lua_State *L);

/* What was noted. In a state where nothing was, these tables are empty. */
typedef enum mn_originals {
  MN_ORIGINAL_GLOBALS = 1, /* name to value */
  MN_ORIGINAL_LOADED,      /* name to module */
  MN_ORIGINAL_PRELOAD,     /* name to loader */
  MN_ORIGINAL_FIELDS       /* name of a module to its fields that are no C functions but have
                              identity: name to value */
} mn_originals;

/* Pushes that table. */
void mn_originals_push(lua_State *L, mn_originals which);

/* Pushes package.searchpath as it was, a C function, or nil. */
void mn_original_searchpath_push(lua_State *L);

#endif
