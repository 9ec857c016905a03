/* actor/serve_lua.h -- taking messages, having them handled, and answering those that are questions.
 * Level stdlib. Owner thread only; what is declared here may throw. */
#ifndef MN_ACTOR_SERVE_LUA_H
#define MN_ACTOR_SERVE_LUA_H

#include <lua.h>

#include "actor/actor.h"

mn_promise *mn_check_promise(lua_State *L, int index);

/* start(promise): whether the answer is still wanted. */
int mn_actor_l_start(lua_State *L);
/* resolve(promise, ...) */
int mn_actor_l_resolve(lua_State *L);

/* receive(actor): false or a promise, and the values; true: that was nothing; nil at the end. */
int mn_actor_l_receive(lua_State *L);
/* serve(actor, life, self, handlers, default): has messages handled until the mailbox is closed. */
int mn_actor_l_serve(lua_State *L);

#endif
