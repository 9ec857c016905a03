/* remote/core_lua.h -- what the Lua of moons.remote needs of the C.
 * Level stdlib. Owner thread only. */
#ifndef MN_REMOTE_CORE_LUA_H
#define MN_REMOTE_CORE_LUA_H

#include <lauxlib.h>

#include "core/binding.h"

/* For mn_face_call. */
extern const luaL_Reg mn_remote_core[];

/* How select waits for a queue. */
extern const mn_selectable mn_remote_queue_selectable;

/* Functions of the core that take from queues: take_lua.c. */
int mn_remote_take(lua_State *L);
int mn_remote_take_many(lua_State *L);
int mn_remote_done(lua_State *L);
int mn_remote_pack(lua_State *L);
int mn_remote_unpack(lua_State *L);

/* Where something hangs on a userdata on top of the stack, so that it doesn't leak where a call throws. */
typedef struct mn_holder {
  void *content;
  void (*drop)(void *content);
} mn_holder;

mn_holder *mn_holder_push(lua_State *L, void (*drop)(void *));
/* Drops the content now. */
void mn_holder_drop(mn_holder *holder);
/* After MN_PARKED: the content is kept for the call that is made once more. */
void mn_holder_keep(mn_holder *holder, mn_waiter *self);

/* Says nil and a text. */
int mn_remote_fail(lua_State *L, const char *why);

#endif
