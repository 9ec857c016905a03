/* mailbox/mailbox_lua.h -- opens the module.
 * Level stdlib. */
#ifndef MN_MAILBOX_MAILBOX_LUA_H
#define MN_MAILBOX_MAILBOX_LUA_H

#include <lua.h>

/* Adds receive and try_receive to the table on top of the stack, and send to the methods of threads,
 * which are open. */
void mn_mailbox_open(lua_State *L);

#endif
