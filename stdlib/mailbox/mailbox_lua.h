/* mailbox/mailbox_lua.h -- opens the module.
 * Level stdlib. */
#ifndef MN_MAILBOX_MAILBOX_LUA_H
#define MN_MAILBOX_MAILBOX_LUA_H

#include <lua.h>

/* The method send of threads. */
int mn_l_thread_send(lua_State *L);

/* Adds receive and try_receive to the table on top of the stack. */
void mn_mailbox_open(lua_State *L);

#endif
