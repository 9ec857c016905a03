/* generator/generator_lua.c -- Python's generators on Lua's coroutines.
 *
 * A generator is a userdata with its coroutine, which nobody else has. What `throw` brings is raised by
 * coroutine.yield itself, when it is resumed: it is ours, and knows MARK. */
#include "generator/generator_lua.h"

#include <lauxlib.h>

#include "core/binding.h"
#include "core/inside.h"
#include "core/registry.h"
#include "core/traceback.h"

typedef enum progress { FRESH, SUSPENDED, RUNNING, FINISHED } progress;

typedef struct generator {
  const void
      *own; /* &METATABLE_KEY: a userdata that only got the metatable has something else here */
  lua_State *co; /* its coroutine, which is its user value; NULL: not yet */
  progress progress;
  int arguments; /* of the first resume */
} generator;

/* Registry: the metatable, made with the first generator of a state. Its address, and that of MARK, which
 * comes before an error to be raised, are what is compared. */
static const char METATABLE_KEY, MARK;

static generator *to_generator(lua_State *L, int index) {
  generator *g = mn_userdata_of_size(L, index, sizeof *g);
  return g && g->own == &METATABLE_KEY && g->co ? g : NULL;
}

static generator *check_generator(lua_State *L) {
  generator *g;
  while (!(g = to_generator(L, 1))) luaL_typeerror(L, 1, "Generator");
  return g;
}

/* ---- resuming ---- */

/* The generator has ended with an error, on top of its stack. */
static int throw_from(lua_State *L, generator *g) {
  g->progress = FINISHED;
  luaL_traceback(L, g->co, NULL, 0);
  const char *traceback = lua_tostring(L, -1);
  (void)lua_closethread(g->co, L); /* the error that closing raises takes the place of the first */
  mn_stack_need(L, 4);
  lua_xmove(g->co, L, 1);
  mn_traceback_remember(L, traceback, "[generator]");
  return lua_error(L);
}

/* Moves what the coroutine has given. */
static int take(lua_State *L, generator *g, int count) {
  mn_stack_need(L, count + LUA_MINSTACK);
  lua_xmove(g->co, L, count);
  return count;
}

/* Resumes it with the `count` values on top of the stack. The values that it yields; -1: it has ended. */
static int resume(lua_State *L, generator *g, int count) {
  int results;
  if (g->progress == RUNNING) return luaL_error(L, "the generator is running already");
  if (!lua_checkstack(g->co, count + LUA_MINSTACK)) return luaL_error(L, "too many values");
  lua_xmove(L, g->co, count);
  if (g->progress == FRESH) count = g->arguments;
  g->progress = RUNNING;
  int status = lua_resume(g->co, L, count, &results);
  if (status == LUA_YIELD) {
    g->progress = SUSPENDED;
    return take(L, g, results);
  }
  if (status != LUA_OK) return throw_from(L, g);
  g->progress = FINISHED;
  return -1;
}

static int push_end(lua_State *L) {
  return mn_push_status(L, MN_CLOSED);
}

static int resume_or_end(lua_State *L, generator *g, int count) {
  if (g->progress == FINISHED) return push_end(L);
  int given = resume(L, g, count);
  return given < 0 ? push_end(L) : given;
}

/* ---- methods ---- */

static int l_next(lua_State *L) {
  generator *g = check_generator(L);
  lua_settop(L, 1);
  return resume_or_end(L, g, 0);
}

static int l_send(lua_State *L) {
  generator *g = check_generator(L);
  int count = lua_gettop(L) - 1;
  if (g->progress == FRESH) {
    for (int i = 2; i <= count + 1; i++)
      luaL_argcheck(L, lua_isnil(L, i), i, "nothing but nil can be sent before the first yield");
    lua_settop(L, 1);
    count = 0;
  }
  return resume_or_end(L, g, count);
}

/* Ends the coroutine, whose to-be-closed variables are closed. */
static int close_now(lua_State *L, generator *g) {
  if (g->progress == RUNNING) return luaL_error(L, "a running generator cannot be closed");
  if (g->progress == FINISHED) return 0;
  g->progress = FINISHED;
  if (lua_closethread(g->co, L) == LUA_OK) return 0;
  lua_xmove(g->co, L, 1);
  return lua_error(L);
}

static int l_throw(lua_State *L) {
  generator *g = check_generator(L);
  luaL_checkany(L, 2);
  lua_settop(L, 2);
  if (g->progress == FRESH) (void)close_now(L, g);
  if (g->progress == FINISHED) return lua_error(L);
  lua_pushlightuserdata(L, (void *)(uintptr_t)&MARK);
  lua_insert(L, 2);
  return resume_or_end(L, g, 2);
}

static int l_close(lua_State *L) {
  return close_now(L, check_generator(L));
}

static int l_status(lua_State *L) {
  static const char *const words[] = {"suspended", "suspended", "running", "finished"};
  lua_pushstring(L, words[check_generator(L)->progress]);
  return 1;
}

/* The results stay on the coroutine's stack. */
static int push_result(lua_State *L, generator *g) {
  int count = g->progress == FINISHED ? lua_gettop(g->co) : 0;
  mn_stack_need(L, count + LUA_MINSTACK);
  mn_stack_need(g->co, count + LUA_MINSTACK);
  for (int i = 1; i <= count; i++) lua_pushvalue(g->co, i);
  lua_xmove(g->co, L, count);
  return count;
}

static int l_result(lua_State *L) {
  generator *g = check_generator(L);
  if (g->progress != FINISHED) return luaL_error(L, "the generator has not returned");
  return push_result(L, g);
}

static int l_gc(lua_State *L) {
  generator *g = to_generator(L, 1);
  return g && g->progress == SUSPENDED && mn_is_finalizing(L) ? close_now(L, g) : 0;
}

/* ---- delegate ---- */

static int hand_on(lua_State *L, generator *g, int count);

/* What the outer generator's send or throw has brought goes to the inner one, which is at index 1. */
static int after_hand_on(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  return hand_on(L, lua_touserdata(L, 1), lua_gettop(L) - 1);
}

static int hand_on(lua_State *L, generator *g, int count) {
  int given = g->progress == FINISHED ? -1 : resume(L, g, count);
  return given < 0 ? push_result(L, g) : lua_yieldk(L, given, 0, after_hand_on);
}

static int l_delegate(lua_State *L) {
  generator *g = check_generator(L);
  lua_settop(L, 1);
  luaL_argcheck(L, g->progress != RUNNING, 1, "the generator is running already");
  lua_toclose(L, 1);
  return hand_on(L, g, 0);
}

/* ---- coroutine.yield ---- */

static int after_yield(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  if (lua_gettop(L) == 2 && lua_touserdata(L, 1) == &MARK) return lua_error(L);
  return lua_gettop(L);
}

static int l_yield(lua_State *L) {
  return lua_yieldk(L, lua_gettop(L), 0, after_yield);
}

/* ---- the type ---- */

static const luaL_Reg methods[] = {{"next", l_next},   {"send", l_send},     {"throw", l_throw},
                                   {"close", l_close}, {"status", l_status}, {"result", l_result},
                                   {NULL, NULL}};

static const luaL_Reg metamethods[] = {
    {"__call", l_next}, {"__close", l_close}, {"__gc", l_gc}, {NULL, NULL}};

static void push_metatable(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &METATABLE_KEY) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  luaL_setfuncs(L, metamethods, 0);
  lua_pushliteral(L, "Generator");
  lua_setfield(L, -2, "__name");
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &METATABLE_KEY);
}

static int l_generator(lua_State *L) {
  mn_check_callable(L, 1);
  int count = lua_gettop(L);
  generator *g = lua_newuserdatauv(L, sizeof *g, 1);
  *g = (generator){.own = &METATABLE_KEY, .arguments = count - 1};
  push_metatable(L);
  lua_setmetatable(L, -2);
  lua_State *co = lua_newthread(L);
  lua_setiuservalue(L, -2, 1);
  lua_insert(L, 1);
  mn_stack_need(co, count + LUA_MINSTACK);
  lua_xmove(L, co, count);
  g->co = co;
  return 1;
}

void mn_generator_open(lua_State *L) {
  lua_getglobal(L, "coroutine");
  lua_pushcfunction(L, l_yield);
  lua_setfield(L, -2, "yield");
  lua_pop(L, 1);
  lua_pushcfunction(L, l_generator);
  lua_setfield(L, -2, "Generator");
  lua_pushcfunction(L, l_delegate);
  lua_setfield(L, -2, "delegate");
}
