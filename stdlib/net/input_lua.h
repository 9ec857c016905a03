/* net/input_lua.h -- the calls of Lua that read, for every kind of object that has an input.
 * Level stdlib. Owner thread only. Each is the whole of a method; the arguments follow the object. */
#ifndef MN_NET_INPUT_LUA_H
#define MN_NET_INPUT_LUA_H

#include "core/binding.h"
#include "net/input.h"

/* obj:read([what][, seconds]): a line, so many bytes, or all. */
int mn_input_read(lua_State *L, mn_input *input, mn_handle *object);
/* obj:read_until(mark[, seconds]) */
int mn_input_read_until(lua_State *L, mn_input *input, mn_handle *object);
/* obj:receive([most][, seconds]): what is there. */
int mn_input_receive(lua_State *L, mn_input *input, mn_handle *object);

/* What these give after `status`: for MN_INVALID nil, the system's message and its number; for the rest
 * what mn_push_status does. */
int mn_push_net_status(lua_State *L, mn_status status);

/* obj:lines([what]): pushes the iterator, each step of which calls `read` with the object and `what`. */
int mn_input_lines(lua_State *L, lua_CFunction read);

#endif
