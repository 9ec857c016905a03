/* core/module_config.h -- forced into each of our files when they are built to be loaded into a host's Lua.
 *
 * Our own calls that resume or close a coroutine go through core/interrupt.c, which knows the coroutine that
 * runs; what the host's library resumes, nobody tells of. And what Lua before 5.4 does not have is
 * asked for weakly, so that the library can be loaded there, and say what is wrong. */
#ifndef MN_CORE_MODULE_CONFIG_H
#define MN_CORE_MODULE_CONFIG_H

/* No header here: files say what they need of the system before they include any. Lua's headers have the
 * names below in parentheses, so no macro touches them there. */
typedef struct lua_State lua_State;

/* In no header before 5.4.6. */
extern int(lua_closethread)(lua_State *L, lua_State *from);
#pragma weak lua_absindex
#pragma weak lua_arith
#pragma weak lua_callk
#pragma weak lua_closeslot
#pragma weak lua_closethread
#pragma weak lua_compare
#pragma weak lua_copy
#pragma weak lua_getglobal
#pragma weak lua_geti
#pragma weak lua_getiuservalue
#pragma weak lua_isinteger
#pragma weak lua_isyieldable
#pragma weak lua_len
#pragma weak lua_newuserdatauv
#pragma weak lua_pcallk
#pragma weak lua_rawgetp
#pragma weak lua_rawlen
#pragma weak lua_rawsetp
#pragma weak lua_resetthread
#pragma weak lua_rotate
#pragma weak lua_setglobal
#pragma weak lua_seti
#pragma weak lua_setiuservalue
#pragma weak lua_setwarnf
#pragma weak lua_stringtonumber
#pragma weak lua_toclose
#pragma weak lua_tointegerx
#pragma weak lua_tonumberx
#pragma weak lua_upvalueid
#pragma weak lua_upvaluejoin
#pragma weak lua_version
#pragma weak lua_warning
#pragma weak lua_yieldk
#pragma weak luaL_addgsub
#pragma weak luaL_buffinitsize
#pragma weak luaL_checkversion_
#pragma weak luaL_execresult
#pragma weak luaL_fileresult
#pragma weak luaL_getsubtable
#pragma weak luaL_len
#pragma weak luaL_loadbufferx
#pragma weak luaL_loadfilex
#pragma weak luaL_prepbuffsize
#pragma weak luaL_pushresultsize
#pragma weak luaL_requiref
#pragma weak luaL_setfuncs
#pragma weak luaL_setmetatable
#pragma weak luaL_testudata
#pragma weak luaL_tolstring
#pragma weak luaL_traceback
#pragma weak luaL_typeerror

int(lua_resetthread)(lua_State *L);

static inline int mn_host_closethread(lua_State *L, lua_State *from) {
  return &lua_closethread ? (lua_closethread)(L, from) : (lua_resetthread)(L);
}

#define lua_resume(L, from, count, results) mn_tracked_resume(L, from, count, results)
#define lua_resetthread(L)                  mn_tracked_resetthread(L)
#define lua_closethread(L, from)            mn_tracked_closethread(L, from)

int lua_resume(lua_State *L, lua_State *from, int count, int *results);
int lua_resetthread(lua_State *L);
int lua_closethread(lua_State *L, lua_State *from);

#define mn_lua_resume_untracked(L, from, count, results) (lua_resume)(L, from, count, results)
#define mn_lua_resetthread_untracked(L)                  (lua_resetthread)(L)
#define mn_lua_closethread_untracked(L, from)            mn_host_closethread(L, from)

#endif
