/* coroutine/coroutine_lua.c -- Lua's own functions, but for one thing: when a task has to wait in what they
 * resume, they are left, and go on as if nothing had been.
 *
 * What they return and raise is what Lua 5.4 does, to the letter. */
#include "coroutine/coroutine_lua.h"

#include <lauxlib.h>

#include "core/task.h"

/* The library's; the same in all states. */
static _Atomic(lua_CFunction) original_status, original_close;

int mn_coroutine_close(lua_State *L, lua_State *co) {
#if LUA_VERSION_RELEASE_NUM < 50406 && !defined(MN_MODULE)
  (void)L;
  return lua_resetthread(co);
#else
  return lua_closethread(co, L);
#endif
}

/* ---- resuming ---- */

/* Moves what the coroutine has given: how many values. -1: it has failed, or gives too many; the error is
 * on top of the stack. */
static int take(lua_State *L, lua_State *co, int status, int count) {
  if (status != LUA_OK && status != LUA_YIELD) {
    lua_xmove(co, L, 1);
    return -1;
  }
  if (!lua_checkstack(L, count + 1)) {
    lua_pop(co, count);
    lua_pushliteral(L, "too many results to resume");
    return -1;
  }
  lua_xmove(co, L, count);
  return count;
}

static int resume_again(lua_State *L, int status, lua_KContext context);

/* The coroutine is all that is on the stack. */
static int after_resume(lua_State *L, lua_State *co, int status, int count) {
  if (status == MN_LEAVES) return mn_task_leave(L, (lua_KContext)co, resume_again);
  int given = take(L, co, status, count);
  lua_pushboolean(L, given >= 0);
  lua_replace(L, 1);
  return lua_gettop(L);
}

static int resume_again(lua_State *L, int status, lua_KContext context) {
  int count;
  status = mn_task_resume_again(L, 1, context, &count);
  return after_resume(L, (lua_State *)context, status, count);
}

static int l_resume(lua_State *L) {
  int count = lua_gettop(L) - 1;
  lua_State *co = lua_tothread(L, 1);
  luaL_argexpected(L, co, 1, "thread");
  if (!lua_checkstack(co, count)) {
    lua_pushboolean(L, false);
    lua_pushliteral(L, "too many arguments to resume");
    return 2;
  }
  lua_xmove(L, co, count);
  int status = mn_resume(L, co, count, &count);
  return after_resume(L, co, status, count);
}

/* ---- wrapping ---- */

/* Raises the error on top of the stack. */
static int throw_from(lua_State *L, lua_State *co) {
  int status = lua_status(co);
  if (status != LUA_OK && status != LUA_YIELD) {
    status = mn_coroutine_close(L, co);
    lua_xmove(co, L, 1);
  }
  if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

static int step_again(lua_State *L, int status, lua_KContext context);

static int after_step(lua_State *L, lua_State *co, int status, int count) {
  if (status == MN_LEAVES) return mn_task_leave(L, (lua_KContext)co, step_again);
  int given = take(L, co, status, count);
  return given < 0 ? throw_from(L, co) : given;
}

static int step_again(lua_State *L, int status, lua_KContext context) {
  int count;
  status = mn_task_resume_again(L, lua_upvalueindex(1), context, &count);
  return after_step(L, (lua_State *)context, status, count);
}

/* What wrap gives. Upvalue: the coroutine. */
static int l_step(lua_State *L) {
  int count = lua_gettop(L);
  lua_State *co = lua_tothread(L, lua_upvalueindex(1));
  if (!lua_checkstack(co, count)) {
    lua_pushliteral(L, "too many arguments to resume");
    return throw_from(L, co);
  }
  lua_xmove(L, co, count);
  int status = mn_resume(L, co, count, &count);
  return after_step(L, co, status, count);
}

static int l_wrap(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_State *co = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, co, 1);
  lua_pushcclosure(L, l_step, 1);
  return 1;
}

/* ---- what is away ---- */

static bool is_away(lua_State *L) {
  lua_State *co = lua_tothread(L, 1);
  return co && mn_is_away(co);
}

static int l_status(lua_State *L) {
  if (!is_away(L)) return original_status(L);
  lua_pushliteral(L, "normal");
  return 1;
}

/* A task's own can't be closed either, for which the answer is another. */
static int l_close(lua_State *L) {
  if (is_away(L) && !mn_is_task(lua_tothread(L, 1)))
    return luaL_error(L, "cannot close a normal coroutine");
  return original_close(L);
}

static const luaL_Reg replaced[] = {
    {"resume", l_resume}, {"wrap", l_wrap}, {"status", l_status}, {"close", l_close}, {NULL, NULL}};

static lua_CFunction original(lua_State *L, const char *name) {
  lua_getfield(L, -1, name);
  lua_CFunction function = lua_tocfunction(L, -1);
  lua_pop(L, 1);
  return function;
}

void mn_coroutine_open(lua_State *L) {
  if (mn_state_is_attached(mn_state_of(L))) return;
  lua_getglobal(L, "coroutine");
  original_status = original(L, "status");
  original_close = original(L, "close");
  luaL_setfuncs(L, replaced, 0);
  lua_pop(L, 1);
}
