/* core/registry.h -- what a state's registry holds under the address of a static variable, made when it
 * is first needed.
 * Level core. Owner thread only; may throw for lack of memory. */
#ifndef MN_CORE_REGISTRY_H
#define MN_CORE_REGISTRY_H

#include <lua.h>
#include <stdbool.h>

/* Pushes a new table that is weak in its keys ("k") or values ("v"). */
void mn_weak_table_push(lua_State *L, const char *mode);

/* Pushes the registry's weak table under `key`. */
void mn_registry_push_weak(lua_State *L, const void *key, const char *mode);

/* Pushes the registry's metatable under `key`, whose only field is the finalizer `gc`. */
void mn_registry_push_metatable(lua_State *L, const void *key, lua_CFunction gc);

/* Whether the collector called the C function that runs, as a finalizer. A script that has found one can
 * call it by hand, while another function down the stack uses the object: then nothing may go.
 * Never throws. */
bool mn_is_finalizing(lua_State *L);

#endif
