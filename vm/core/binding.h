/* core/binding.h -- what the Lua side of every module is built from.
 * Level core. Owner thread only. Names starting with l_ are Lua C functions and may throw, and so
 * may everything here that takes a lua_State unless it says otherwise.
 *
 * A shared object is a full userdata holding one reference; the same object is the same userdata
 * within a state for as long as that lives. */
#ifndef MN_CORE_BINDING_H
#define MN_CORE_BINDING_H

#include <lauxlib.h>
#include <lua.h>

#include "core/handle.h"
#include "core/state_data.h"

/* How Lua sees a type. */
typedef struct mn_binding {
  const luaL_Reg *methods;     /* of __index; NULL ends */
  const luaL_Reg *metamethods; /* NULL ends; may be NULL. __gc __eq __name __tostring are given */
  const char *face;            /* embedded Lua file run with the methods table, or NULL */
} mn_binding;

/* The userdata's memory. */
typedef struct mn_ref {
  const mn_type *type;
  mn_handle *object; /* NULL: not yet, or no more */
} mn_ref;

/* Makes the type known to this state. Its metatable is made when the first object needs it: most
 * threads use few types, and each state pays for what it has. */
void mn_type_open(lua_State *L, const mn_type *type, const mn_binding *binding);
/* Makes the metatable now, so that it is in the template of all states: for a type that most use. */
void mn_type_make(lua_State *L, const mn_type *type);

/* Pushes an empty userdata of `type`, to be filled by mn_ref_fill: in this order nothing leaks. */
mn_ref *mn_ref_new(lua_State *L, const mn_type *type);
/* Puts a new object (its maker's reference) into the userdata on top of the stack, notes the
 * script's line in it, and enters it in the state's table of objects. */
void mn_ref_fill(lua_State *L, mn_ref *ref, mn_handle *object);

/* Pushes the userdata of an object that the caller holds otherwise (a new reference is taken). */
void mn_push_handle(lua_State *L, mn_handle *object);

/* The object in the userdata at `index`, or NULL when it is nothing of the kind. Never throws. */
mn_handle *mn_to_handle(lua_State *L, int index);

/* The object of `type` that is argument `index`; throws when it isn't one. */
mn_handle *mn_check_handle(lua_State *L, int index, const mn_type *type);

/* The optional timeout in seconds at `index`, as a deadline. none and nil: MN_FOREVER. Throws on
 * anything but a number of at least 0. */
mn_time mn_check_deadline(lua_State *L, int index);

/* What a waiting call returns after `status`: for MN_OK pushes true; for the outcomes of waiting
 * nil and the word; throws the rest. The number of values pushed. */
int mn_push_status(lua_State *L, mn_status status);
/* mn_encode, but a refusal is thrown at the caller's line. */
void mn_encode_or_throw(lua_State *L, int first, int count, const char *root, int number,
                        mn_message *message);

/* Throws the value on top of the stack; a string gets the caller's line in front. */
int mn_throw_at_caller(lua_State *L);

/* The thread that runs L. Never throws. */
static inline mn_thread *mn_self(lua_State *L) {
  return mn_state_of(L)->thread;
}

/* The script's line that runs at `level` or, where that is C, the next Lua function above. Never
 * throws. */
void mn_site_of(lua_State *L, int level, mn_site *site);

#endif
