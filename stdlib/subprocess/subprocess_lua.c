/* subprocess/subprocess_lua.c -- the table `subprocess`.
 *
 * Its functions are written in Lua (subprocess.lua), which a state loads when it first calls one: most
 * threads start no program. What stands in the table are C functions, which every state has, and so they
 * travel by name. */
#include "subprocess/subprocess_lua.h"

#include <lauxlib.h>
#include <string.h>

#include "core/binding.h"
#include "core/face.h"
#include "os/process.h"
#include "subprocess/popen_lua.h"
#include "subprocess/stream_task_lua.h"

/* ---- for subprocess.lua ---- */

/* The environment as a new table. */
static int l_environ(lua_State *L) {
  lua_newtable(L);
  for (const char *const *entry = mn_os_environment(); entry && *entry; entry++) {
    const char *equal = strchr(*entry, '=');
    if (!equal) continue;
    lua_pushlstring(L, *entry, (size_t)(equal - *entry));
    lua_pushstring(L, equal + 1);
    lua_rawset(L, -3);
  }
  return 1;
}

static int l_signal_name(lua_State *L) {
  lua_pushstring(L, mn_os_signal_name((int)luaL_checkinteger(L, 1)));
  return 1;
}

static int l_is_terminal(lua_State *L) {
  lua_pushboolean(L, mn_os_is_terminal((int)luaL_checkinteger(L, 1)));
  return 1;
}

static const luaL_Reg core[] = {
    {"start", mn_popen_l_start},    {"communicate", mn_popen_l_communicate},
    {"rest", mn_popen_l_rest},      {"signal_name", l_signal_name},
    {"is_terminal", l_is_terminal}, {NULL, NULL}};

/* ---- the functions ---- */

static int call_face(lua_State *L, const char *name) {
  return mn_face_call(L, "subprocess/subprocess", core, name);
}

static int l_run(lua_State *L) {
  return call_face(L, "run");
}

static int l_call(lua_State *L) {
  return call_face(L, "call");
}

static int l_check_call(lua_State *L) {
  return call_face(L, "check_call");
}

static int l_check_output(lua_State *L) {
  return call_face(L, "check_output");
}

static int l_popen(lua_State *L) {
  return call_face(L, "Popen");
}

static int l_pipeline(lua_State *L) {
  return call_face(L, "pipeline");
}

static const luaL_Reg functions[] = {{"run", l_run},
                                     {"call", l_call},
                                     {"check_call", l_check_call},
                                     {"check_output", l_check_output},
                                     {"Popen", l_popen},
                                     {"pipeline", l_pipeline},
                                     {"environ", l_environ},
                                     {NULL, NULL}};

static const char *const words[][2] = {
    {"PIPE", "pipe"}, {"DEVNULL", "devnull"}, {"STDOUT", "stdout"}};

void mn_subprocess_open(lua_State *L) {
  mn_popen_open(L);
  mn_stream_task_open(L);
  luaL_newlib(L, functions);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    lua_pushstring(L, words[i][1]);
    lua_setfield(L, -2, words[i][0]);
  }
  lua_setfield(L, -2, "subprocess");
}
