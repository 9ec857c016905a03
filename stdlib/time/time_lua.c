/* time/time_lua.c -- sleep and clock. */
#include "time/time_lua.h"

#include <lauxlib.h>

#include "core/calling.h"

static mn_status never(mn_wait_case *c) {
  (void)c;
  return MN_EMPTY;
}

int mn_time_sleep(lua_State *L) {
  luaL_checktype(L, 1, LUA_TNUMBER); /* nil, too, is refused here */
  mn_time deadline = mn_check_deadline(L, 1);
  mn_wait_case c = {.attempt = never, .verb = "sleep"};
  mn_status status = mn_wait(mn_waiter_to_park(L), &c, 1, deadline, NULL);
  return status == MN_TIMEOUT ? 0 : mn_push_status(L, status);
}

int mn_time_clock(lua_State *L) {
  lua_pushnumber(L, (lua_Number)mn_clock() / (lua_Number)MN_SECOND);
  return 1;
}

void mn_time_open(lua_State *L) {
  lua_pushcfunction(L, mn_time_sleep);
  lua_setfield(L, -2, "sleep");
  lua_pushcfunction(L, mn_time_clock);
  lua_setfield(L, -2, "clock");
}
