/* core/globals.h -- what a state's globals and modules were before any script ran.
 * Level core. Owner thread only. What is pristine exists in every state, so it need not travel. */
#ifndef MN_CORE_GLOBALS_H
#define MN_CORE_GLOBALS_H

#include <lua.h>
#include <stdbool.h>

/* What the record has under these numbers. */
typedef enum mn_originals {
  MN_ORIGINAL_GLOBALS = 1, /* a table, name to value */
  MN_ORIGINAL_LOADED,      /* the same of modules */
  MN_ORIGINAL_PRELOAD,     /* name to loader */
  MN_ORIGINAL_FIELDS,      /* name of a module to its fields that are no C functions but have
                              identity: name to value */
  MN_ORIGINAL_SEARCHPATH   /* package.searchpath, a C function, or nil */
} mn_originals;

/* Notes the globals, the loaded and the preloaded modules as they are, or, if `keep_only`, keeps the
 * objects among them from being collected. Called once, when a state has all its libraries. Keyed by
 * strings only, so that states can be copied. May throw, as all that pushes here. */
void mn_globals_note_originals(lua_State *L, bool keep_only);

/* Pushes a table with the fields of the module at that index that have identity; nil when it has none. */
void mn_globals_push_fields(lua_State *L, int module);

/* For core/originals.c: pushes a new record of what is there now; takes a record off the stack and
 * makes it the noted one. */
void mn_globals_push_record(lua_State *L);
void mn_globals_set_record(lua_State *L);
/* Pushes the noted record, the list of kept objects. False: there is none, and what is pushed is
 * nil. */
bool mn_globals_push_noted(lua_State *L);
bool mn_globals_push_kept(lua_State *L);
/* Where the list at `kept` has the value at `index`, 0: nowhere. */
lua_Integer mn_globals_find_kept(lua_State *L, int kept, int index);

#endif
