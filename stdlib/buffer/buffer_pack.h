/* buffer/buffer_pack.h -- Buffer's pack and unpack.
 * Level stdlib. Lua C functions of the owner thread; they may throw. */
#ifndef MN_BUFFER_BUFFER_PACK_H
#define MN_BUFFER_BUFFER_PACK_H

#include <lua.h>

int mn_buffer_pack(lua_State *L);
int mn_buffer_unpack(lua_State *L);

#endif
