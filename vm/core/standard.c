/* core/standard.c -- opening the standard libraries. */
#include "core/standard.h"

#include <lualib.h>

#include "core/lpeglib.h"
#include "core/safelib.h"
#include "core/traceback.h"

void mn_standard_open(lua_State *L) {
  luaL_openlibs(L);
  mn_safelib_open(L);
  mn_lpeglib_open(L);
  lua_getglobal(L, LUA_DBLIBNAME);
  mn_traceback_open(L);
  lua_pop(L, 1);
}
