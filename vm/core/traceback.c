/* core/traceback.c -- splicing tracebacks.
 *
 * A traceback is the message, the line "stack traceback:", and a line for each level. The foreign
 * part's lines go between that line and the local ones, closed by a line that names the thread. */
#include "core/traceback.h"

#include <lauxlib.h>
#include <string.h>

/* Registry keys: the remembered error value, and the foreign lines that belong to it. */
static const char value_key, lines_key;

static const char heading[] = "stack traceback:";

/* Bytes of a foreign part: an error that was raised again and again on its way could have any number. */
enum { LINES_MOST = 4096 };

/* The level lines of a traceback, each with a newline in front. */
static const char *lines_of(const char *traceback) {
  const char *at = NULL;
  /* The last heading: an error message may itself hold a traceback. */
  for (const char *next = strstr(traceback, heading); next; next = strstr(next + 1, heading))
    at = next;
  return at ? at + sizeof heading - 1 : "";
}

/* Pushes the lines, without the middle of very many. */
static const char *push_lines(lua_State *L, const char *lines) {
  size_t size = strlen(lines);
  if (size <= LINES_MOST) return lua_pushstring(L, lines);
  const char *head = lines + LINES_MOST / 2, *tail = lines + size - LINES_MOST / 2;
  while (head > lines && *head != '\n') head--;
  while (*tail != '\0' && *tail != '\n') tail++;
  lua_pushlstring(L, lines, (size_t)(head - lines));
  return lua_pushfstring(L, "%s\n\t...\t(more than can be shown)%s", lua_tostring(L, -1), tail);
}

void mn_traceback_remember(lua_State *L, const char *traceback, const char *origin) {
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &value_key);
  int top = lua_gettop(L);
  const char *lines = push_lines(L, traceback ? lines_of(traceback) : "");
  lua_pushfstring(L, "%s\n\t%s", lines, origin);
  lua_replace(L, top + 1);
  lua_settop(L, top + 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &lines_key);
}

/* Pushes the foreign lines that belong to the value at `index`, or "". */
static const char *push_foreign(lua_State *L, int index) {
  index = lua_absindex(L, index);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &value_key);
  int same = !lua_isnil(L, -1) && lua_rawequal(L, -1, index);
  lua_pop(L, 1);
  if (!same)
    lua_pushliteral(L, "");
  else if (lua_rawgetp(L, LUA_REGISTRYINDEX, &lines_key) != LUA_TSTRING)
    lua_pushliteral(L, "");
  return lua_tostring(L, -1);
}

void mn_traceback_push(lua_State *L, lua_State *L1, int error_index, const char *message,
                       int level) {
  const char *foreign = push_foreign(L, error_index);
  luaL_traceback(L, L1, NULL, level);
  const char *local = lines_of(lua_tostring(L, -1));
  if (!message)
    lua_pushfstring(L, "%s%s%s", heading, foreign, local);
  else
    lua_pushfstring(L, "%s\n%s%s%s", message, heading, foreign, local);
  lua_remove(L, -2);
  lua_remove(L, -2);
}

/* debug.traceback([thread,] [message [, level]]), as upstream's but for the foreign part. */
static int l_traceback(lua_State *L) {
  lua_State *L1 = lua_tothread(L, 1);
  int arg = L1 ? 1 : 0;
  if (!L1) L1 = L;
  const char *message = lua_tostring(L, arg + 1);
  if (!message && !lua_isnoneornil(L, arg + 1)) {
    lua_pushvalue(L, arg + 1); /* not a string: as it is */
    return 1;
  }
  int level = (int)luaL_optinteger(L, arg + 2, L1 == L ? 1 : 0);
  lua_settop(L, arg + 1);
  mn_traceback_push(L, L1, arg + 1, message, level);
  return 1;
}

void mn_traceback_open(lua_State *L) {
  lua_pushcfunction(L, l_traceback);
  lua_setfield(L, -2, "traceback");
}
