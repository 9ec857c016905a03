/* progress/progress_lua.c -- bars as userdata of one state, and the doors to the Lua face. */
#include "progress/progress_lua.h"

#include <lauxlib.h>
#include <stdbool.h>

#include "core/face.h"
#include "core/status_line.h"
#include "progress/progress.h"

/* Registry key of the metatable. */
static const char bar_key;

/* The userdata. Its user value is what the loop has to close besides the bar. */
typedef struct bar {
  mn_progress *progress; /* NULL: closed, or not yet made */
  bool started;          /* the loop has got its first item */
} bar;

/* NULL: there is no bar at `index`. Never throws. */
static bar *test_bar(lua_State *L, int index) {
  bar *b = lua_touserdata(L, index);
  if (!b || !lua_getmetatable(L, index)) return NULL;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &bar_key);
  bool is_bar = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return is_bar ? b : NULL;
}

static bar *check_bar(lua_State *L) {
  bar *b = test_bar(L, 1);
  if (!b) luaL_typeerror(L, 1, "progress bar");
  return b;
}

static void close_bar(bar *b) {
  mn_progress *progress = b->progress;
  b->progress = NULL;
  if (progress) mn_progress_close(progress);
}

static int l_add(lua_State *L) {
  bar *b = check_bar(L);
  lua_Integer count = luaL_checkinteger(L, 2);
  if (b->progress) mn_progress_add(b->progress, count);
  return 0;
}

static int l_close(lua_State *L) {
  close_bar(check_bar(L));
  return 0;
}

static int close_continued(lua_State *L, int status, lua_KContext context) {
  (void)L;
  (void)status;
  (void)context;
  return 0;
}

/* __close(bar, error): the bar, then what the iterator has to be closed, which gets the error too. */
static int l_close_loop(lua_State *L) {
  lua_settop(L, 2);
  close_bar(check_bar(L));
  lua_getiuservalue(L, 1, 1);
  lua_pushnil(L);
  lua_setiuservalue(L, 1, 1);
  if (!lua_toboolean(L, 3)) return 0;
  if (luaL_getmetafield(L, 3, "__close") == LUA_TNIL)
    return luaL_error(L, "the iterator's closing value can't be closed");
  lua_insert(L, 3);
  lua_pushvalue(L, 2);
  lua_callk(L, 2, 0, 0, close_continued);
  return 0;
}

static void push_metatable(lua_State *L) {
  static const luaL_Reg metamethods[] = {
      {"__close", l_close_loop}, {"__gc", l_close}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"add", l_add}, {"close", l_close}, {NULL, NULL}};
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &bar_key) == LUA_TTABLE) return;
  lua_pop(L, 1);
  luaL_newlib(L, metamethods);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "progress bar");
  lua_setfield(L, -2, "__name");
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &bar_key);
}

/* ---- what the face gets ---- */

/* bar(desc, unit, total, closing) -> bar; nil where there is no terminal */
static int l_bar(lua_State *L) {
  if (!mn_status_line_is_possible()) return 0;
  mn_progress_options options = {.desc = luaL_checkstring(L, 1),
                                 .unit = luaL_checkstring(L, 2),
                                 .total = luaL_optinteger(L, 3, -1),
                                 .owner = L};
  bar *b = lua_newuserdatauv(L, sizeof *b, 1);
  *b = (bar){NULL, false};
  push_metatable(L);
  lua_setmetatable(L, -2);
  if (lua_toboolean(L, 4)) {
    lua_pushvalue(L, 4);
    lua_setiuservalue(L, -2, 1);
  }
  b->progress = mn_progress_new(&options);
  return b->progress ? 1 : luaL_error(L, "not enough memory");
}

/* An item is done when the next one is asked for. */
static int l_step(lua_State *L) {
  bar *b = lua_touserdata(L, lua_upvalueindex(1));
  if (b->started && b->progress) mn_progress_add(b->progress, 1);
  b->started = true;
  return 0;
}

/* stepper(bar) -> a function to be called before each item is asked for */
static int l_stepper(lua_State *L) {
  (void)check_bar(L);
  lua_settop(L, 1);
  lua_pushcclosure(L, l_step, 1);
  return 1;
}

/* metafield(value, name) -> the field of its metatable, which may be hidden, or nil */
static int l_metafield(lua_State *L) {
  return luaL_getmetafield(L, 1, luaL_checkstring(L, 2)) != LUA_TNIL;
}

/* ---- the doors ---- */

static void push_face(lua_State *L, const char *field) {
  static const luaL_Reg functions[] = {
      {"bar", l_bar}, {"stepper", l_stepper}, {"metafield", l_metafield}, {NULL, NULL}};
  mn_face_push(L, "progress/progress", functions);
  lua_getfield(L, -1, field);
  lua_remove(L, -2);
}

/* Calls the face's function with all arguments. */
static int call_face(lua_State *L, const char *field) {
  push_face(L, field);
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

int mn_l_progress_new(lua_State *L) {
  return call_face(L, "new");
}

void mn_progress_bar_add(lua_State *L, int index, lua_Integer count) {
  bar *b = test_bar(L, index);
  if (b && b->progress) mn_progress_add(b->progress, count);
}

void mn_progress_bar_close(lua_State *L, int index) {
  bar *b = test_bar(L, index);
  if (b) close_bar(b);
}

static int l_progress(lua_State *L) {
  return call_face(L, "progress");
}

void mn_progress_open(lua_State *L) {
  lua_pushcfunction(L, l_progress);
  lua_setfield(L, -2, "progress");
}
