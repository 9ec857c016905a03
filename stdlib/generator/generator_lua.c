/* generator/generator_lua.c -- Python's generators on Lua's coroutines.
 *
 * A generator is a userdata with its coroutine. Scripts can get hold of that, by coroutine.running, and
 * resume or close it themselves: so `progress` is only what we did, and `look` tells what is. What `throw`
 * brings is raised by coroutine.yield, when it is resumed: it is ours, and knows MARK. In a host's state
 * coroutine.yield is Lua's; there a hook raises it, when that returns. */
#include "generator/generator_lua.h"

#include <lauxlib.h>

#include "core/calling.h"
#include "core/inside.h"
#include "core/registry.h"
#include "core/task.h"
#include "core/traceback.h"
#include "coroutine/coroutine_lua.h"

typedef enum progress { FRESH, SUSPENDED, RUNNING, FINISHED } progress;

typedef struct generator {
  /* &METATABLE_KEY: a userdata that only got the metatable has something else here. */
  const void *own;
  lua_State *co; /* NULL: not yet */
  progress progress;
  int arguments; /* of the first resume */
  int results;
  /* While a hook is to raise what `throw` has brought: the hook that its coroutine had. */
  lua_Hook hook;
  int hook_mask, hook_count;
} generator;

/* User values: its coroutine; what it has returned, as a list, if that is anything, and before that what a
 * hook is to raise. */
enum { COROUTINE = 1, RESULTS };

/* Registry: the metatable, made with the first generator of a state. Its address, and that of MARK, which
 * comes before an error to be raised, are what is compared. */
static const char METATABLE_KEY, MARK;

/* Registry: the generator whose hook is to raise. */
static const char THROWN_KEY;

/* Lua's coroutine.yield; the same in all states. */
static _Atomic(lua_CFunction) original_yield;

/* The generator at index 1, and its coroutine on top of the stack; or NULL, and nothing. */
static generator *to_generator(lua_State *L) {
  generator *g = mn_userdata_of_size(L, 1, sizeof *g);
  if (!g || g->own != &METATABLE_KEY || !g->co) return NULL;
  lua_getiuservalue(L, 1, COROUTINE);
  if (lua_tothread(L, -1) == g->co) return g;
  lua_pop(L, 1);
  return NULL;
}

static generator *check_with_coroutine(lua_State *L) {
  generator *g;
  while (!(g = to_generator(L))) luaL_typeerror(L, 1, "Generator");
  return g;
}

static generator *check_generator(lua_State *L) {
  generator *g = check_with_coroutine(L);
  lua_pop(L, 1);
  return g;
}

/* How far it is. RUNNING by somebody else is not kept: nobody says when that is over. What a task has left
 * in a wait is running. */
static progress look(generator *g) {
  lua_Debug ar;
  if (g->progress == RUNNING || g->progress == FINISHED) return g->progress;
  int status = lua_status(g->co);
  if (status == LUA_YIELD) return mn_is_away(g->co) ? RUNNING : (g->progress = SUSPENDED);
  if (status == LUA_OK && lua_getstack(g->co, 0, &ar)) return RUNNING;
  if (status == LUA_OK && g->progress == FRESH && lua_gettop(g->co) == g->arguments + 1)
    return FRESH;
  return g->progress = FINISHED;
}

/* ---- resuming: the generator is at index 1 ---- */

static int l_push_traceback(lua_State *L) {
  luaL_traceback(L, lua_touserdata(L, 1), NULL, 0);
  return 1;
}

/* The generator has ended with an error, on top of its stack; its coroutine is at index 2. */
static int throw_from(lua_State *L, generator *g) {
  lua_settop(L, 2);
  lua_pushcfunction(L, l_push_traceback);
  lua_pushlightuserdata(L, g->co);
  int status = lua_pcall(L, 1, 1, 0);
  const char *traceback = status == LUA_OK ? lua_tostring(L, -1) : NULL;
  g->progress = FINISHED;
  (void)mn_coroutine_close(L,
                           g->co); /* the error that closing raises takes the place of the first */
  lua_xmove(g->co, L, 1);
  mn_traceback_remember(L, traceback, "[generator]");
  return lua_error(L);
}

/* What resuming it has given, if no values that it has yielded: it has returned, now or before; or the task
 * is leaving. */
enum { ENDED = -1, LEFT = -2 };

/* Moves what the coroutine has yielded. */
static int take(lua_State *L, generator *g, int count) {
  if (!lua_checkstack(L, count + LUA_MINSTACK)) {
    lua_pop(g->co, count);
    return mn_stack_refused(L, L, count + LUA_MINSTACK);
  }
  lua_xmove(g->co, L, count);
  return count;
}

/* What the function has returned is kept: the stack of a coroutine that is dead must be empty. */
static int keep_results(lua_State *L, generator *g, int count) {
  g->progress = FINISHED;
  if (count == 0) return ENDED;
  (void)take(L, g, count);
  lua_createtable(L, count, 0);
  lua_insert(L, -count - 1);
  for (int i = count; i > 0; i--) lua_rawseti(L, -i - 1, i);
  lua_setiuservalue(L, 1, RESULTS);
  g->results = count;
  return ENDED;
}

/* ---- raising by a hook ---- */

/* Pushes what is to be raised, of the generator on top of the stack, and gives its coroutine its hook back. */
static void take_thrown(lua_State *L, generator *g) {
  lua_sethook(g->co, g->hook, g->hook_mask, g->hook_count);
  lua_pushnil(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &THROWN_KEY);
  lua_getiuservalue(L, -1, RESULTS);
  lua_pushnil(L);
  lua_setiuservalue(L, -3, RESULTS);
}

static void raising_hook(lua_State *co, lua_Debug *ar) {
  (void)ar;
  (void)lua_rawgetp(co, LUA_REGISTRYINDEX, &THROWN_KEY);
  generator *g = lua_touserdata(co, -1);
  if (g && g->co == co) {
    take_thrown(co, g);
    lua_error(co);
  }
  lua_sethook(co, NULL, 0, 0);
  lua_pop(co, 1);
}

/* Has the value on top of the stack raised when the generator at index 1 is resumed. */
static void throw_by_hook(lua_State *L, generator *g) {
  lua_setiuservalue(L, 1, RESULTS);
  lua_pushvalue(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &THROWN_KEY);
  g->hook = lua_gethook(g->co);
  g->hook_mask = lua_gethookmask(g->co);
  g->hook_count = lua_gethookcount(g->co);
  lua_sethook(g->co, raising_hook, LUA_MASKRET, 0);
}

/* The function that it waits in; NULL: it is none of C. */
static lua_CFunction waits_in(const generator *g) {
  lua_Debug ar;
  if (!lua_checkstack(g->co, LUA_MINSTACK)) return NULL;
  if (!lua_getstack(g->co, 0, &ar) || !lua_getinfo(g->co, "f", &ar)) return NULL;
  lua_CFunction function = lua_tocfunction(g->co, -1);
  lua_pop(g->co, 1);
  return function;
}

static int after_resume(lua_State *L, generator *g, int status, int count) {
  if (status == LUA_YIELD) {
    g->progress = SUSPENDED;
    return take(L, g, count);
  }
  if (status == MN_LEAVES) return LEFT;
  return status == LUA_OK ? keep_results(L, g, count) : throw_from(L, g);
}

/* Resumes it, which is as far as `now` says, with the `count` values that it has got. Its coroutine is at
 * index 2, so that it lives as long as it runs. */
static int run(lua_State *L, generator *g, progress now, int count) {
  if (now == FINISHED) return ENDED;
  if (now == RUNNING) return luaL_error(L, "the generator is running already");
  if (now == FRESH) count = g->arguments;
  g->progress = RUNNING;
  int status = mn_resume(L, g->co, count, &count);
  return after_resume(L, g, status, count);
}

/* The same with the `count` values on top of the stack, above index 1; its coroutine comes to index 2. */
static int resume(lua_State *L, generator *g, progress now, int count) {
  if (now == SUSPENDED && count == 2 && lua_touserdata(L, -2) == &MARK &&
      waits_in(g) == original_yield) {
    throw_by_hook(L, g);
    lua_pop(L, 1);
    count = 0;
  }
  if (now == SUSPENDED && count > 0) {
    if (!lua_checkstack(g->co, count)) return mn_stack_refused(L, g->co, count);
    lua_xmove(L, g->co, count);
  }
  lua_getiuservalue(L, 1, COROUTINE);
  return run(L, g, now, count);
}

/* The task has come back. */
static int resume_again(lua_State *L, lua_KContext context) {
  int count, status = mn_task_resume_again(L, 2, context, &count);
  return after_resume(L, check_generator(L), status, count);
}

static int go_on(lua_State *L, int status, lua_KContext context);

static int push_given(lua_State *L, int given) {
  if (given == LEFT) return mn_task_leave(L, (lua_KContext)lua_tothread(L, 2), go_on);
  return given == ENDED ? mn_push_status(L, MN_CLOSED) : given;
}

static int go_on(lua_State *L, int status, lua_KContext context) {
  (void)status;
  return push_given(L, resume_again(L, context));
}

/* ---- methods ---- */

static int l_next(lua_State *L) {
  generator *g = check_with_coroutine(L);
  if (lua_gettop(L) > 2) lua_replace(L, 2);
  lua_settop(L, 2);
  return push_given(L, run(L, g, look(g), 0));
}

static int l_send(lua_State *L) {
  generator *g = check_generator(L);
  int count = lua_gettop(L) - 1;
  progress now = look(g);
  if (now == FRESH) {
    for (int i = 2; i <= count + 1; i++)
      luaL_argcheck(L, lua_isnil(L, i), i, "nothing but nil can be sent before the first yield");
    lua_settop(L, 1);
    count = 0;
  }
  return push_given(L, resume(L, g, now, count));
}

/* Ends the coroutine, whose to-be-closed variables are closed. */
static int close_now(lua_State *L, generator *g) {
  progress now = look(g);
  if (now == RUNNING) return luaL_error(L, "the generator is running already");
  if (now == FINISHED) return 0;
  g->progress = FINISHED;
  lua_getiuservalue(L, 1, COROUTINE); /* so that it lives until it is closed */
  if (mn_coroutine_close(L, g->co) == LUA_OK) {
    lua_pop(L, 1);
    return 0;
  }
  lua_xmove(g->co, L, 1);
  return lua_error(L);
}

static int l_yield(lua_State *L);
static int l_delegate(lua_State *L);

/* Raises the error on top of the stack here if the generator has ended, and another one if it waits in a
 * function that would take the error for a value: one that yields by lua_yield. */
static void check_takes_error(lua_State *L, generator *g) {
  progress now = look(g);
  if (now == FINISHED) lua_error(L);
  if (now != SUSPENDED) return;
  lua_CFunction where = waits_in(g);
  if (where && where != l_yield && where != l_delegate && where != original_yield)
    luaL_error(L, "the generator waits in a C function that takes no error");
}

static int l_throw(lua_State *L) {
  generator *g = check_generator(L);
  luaL_checkany(L, 2);
  lua_settop(L, 2);
  if (look(g) == FRESH) (void)close_now(L, g);
  check_takes_error(L, g);
  lua_pushlightuserdata(L, (void *)(uintptr_t)&MARK);
  lua_insert(L, 2);
  return push_given(L, resume(L, g, look(g), 2));
}

static int l_close(lua_State *L) {
  return close_now(L, check_generator(L));
}

static int l_status(lua_State *L) {
  static const char *const words[] = {"suspended", "suspended", "running", "finished"};
  lua_pushstring(L, words[look(check_generator(L))]);
  return 1;
}

static int push_results(lua_State *L, generator *g) {
  if (lua_getiuservalue(L, 1, RESULTS) != LUA_TTABLE) return 0;
  mn_stack_need(L, g->results + LUA_MINSTACK);
  for (int i = 1; i <= g->results; i++) lua_rawgeti(L, -i, i);
  return g->results;
}

static int l_result(lua_State *L) {
  generator *g = check_generator(L);
  if (look(g) != FINISHED) return luaL_error(L, "the generator has not returned");
  return push_results(L, g);
}

static int l_gc(lua_State *L) {
  generator *g = to_generator(L);
  return g && look(g) == SUSPENDED && mn_is_finalizing(L) ? close_now(L, g) : 0;
}

/* ---- delegate ---- */

static int hand_on(lua_State *L, generator *g, int count);

/* What the outer generator's send or throw has brought goes to the inner one; between them is its
 * coroutine. */
static int after_hand_on(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  mn_stack_need(L, LUA_MINSTACK);
  lua_remove(L, 2);
  return hand_on(L, check_generator(L), lua_gettop(L) - 1);
}

static int go_on_handing(lua_State *L, int status, lua_KContext context);

static int hand_given_on(lua_State *L, int given) {
  if (given == LEFT) return mn_task_leave(L, (lua_KContext)lua_tothread(L, 2), go_on_handing);
  return given == ENDED ? push_results(L, check_generator(L))
                        : lua_yieldk(L, given, 0, after_hand_on);
}

static int go_on_handing(lua_State *L, int status, lua_KContext context) {
  (void)status;
  return hand_given_on(L, resume_again(L, context));
}

static int hand_on(lua_State *L, generator *g, int count) {
  if (lua_touserdata(L, 2) == &MARK) check_takes_error(L, g);
  return hand_given_on(L, resume(L, g, look(g), count));
}

static int l_delegate(lua_State *L) {
  generator *g = check_generator(L);
  lua_settop(L, 1);
  luaL_argcheck(L, look(g) != RUNNING, 1, "the generator is running already");
  if (!lua_isyieldable(L)) return luaL_error(L, "attempt to delegate from outside a generator");
  lua_toclose(L, 1);
  return hand_on(L, g, 0);
}

/* ---- coroutine.yield ---- */

static int after_yield(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  if (lua_touserdata(L, 1) == &MARK) return lua_error(L);
  return lua_gettop(L);
}

/* A task's own coroutine is its scheduler's to resume. */
static int l_yield(lua_State *L) {
  const mn_task *task = mn_state_of(L)->task;
  if (task && task->L == L)
    return luaL_error(L, "attempt to yield from a task: moons.yield lets others run");
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
  generator *g = lua_newuserdatauv(L, sizeof *g, RESULTS);
  *g = (generator){.own = &METATABLE_KEY, .arguments = count - 1};
  push_metatable(L);
  lua_setmetatable(L, -2);
  lua_State *co = lua_newthread(L);
  lua_setiuservalue(L, -2, COROUTINE);
  lua_insert(L, 1);
  if (!lua_checkstack(co, count)) return mn_stack_refused(L, co, count);
  lua_xmove(L, co, count);
  g->co = co;
  return 1;
}

void mn_generator_open(lua_State *L) {
  lua_getglobal(L, "coroutine");
  lua_getfield(L, -1, "yield");
  original_yield = lua_tocfunction(L, -1);
  lua_pop(L, 1);
  if (mn_state_is_attached(mn_state_of(L))) {
    lua_pop(L, 1);
  } else {
    lua_pushcfunction(L, l_yield);
    lua_setfield(L, -2, "yield");
    lua_pop(L, 1);
  }
  lua_pushcfunction(L, l_generator);
  lua_setfield(L, -2, "Generator");
  lua_pushcfunction(L, l_delegate);
  lua_setfield(L, -2, "delegate");
}
