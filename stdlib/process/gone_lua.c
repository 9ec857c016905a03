/* process/gone_lua.c -- how a process has ended, as an error. */
#include "process/gone_lua.h"

#include "core/binding.h"
#include "core/calling.h"

/* What the end of this process takes at most to get to all threads. */
#define LAST_MOMENT (MN_SECOND / 2)

int mn_throw_here(lua_State *L) {
  mn_site site;
  mn_site_of(L, 1, &site);
  if (*site.text && lua_type(L, -1) == LUA_TSTRING) {
    lua_pushfstring(L, "%s: ", site.text);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

/* Without its parent this process ends at once, and nobody is to be told of it. */
int mn_throw_gone(lua_State *L, mn_link *link) {
  char why[MN_LINK_WHY];
  if (link->is_to_parent) {
    mn_status status = mn_wait(&mn_self(L)->waiter, NULL, 0, mn_clock() + LAST_MOMENT, NULL);
    if (mn_status_is_stop(status)) return mn_push_status(L, status);
  }
  mn_link_why(link, why);
  lua_pushstring(L, why);
  return mn_throw_here(L);
}
