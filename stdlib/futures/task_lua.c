/* futures/task_lua.c -- decode, call, encode; for a chunk, over and over.
 *
 * The calls of a chunk lie in one protected call. Their results are in a table of the registry
 * meanwhile, under the task's address, so that those before a failure are not lost with it. */
#include "futures/task_lua.h"

#include "core/binding.h"
#include "core/calling.h"
#include "core/codec.h"
#include "core/failure.h"
#include "core/inside.h"
#include "core/interrupt.h"
#include "futures/list_lua.h"
#include "spawn/spawn_body.h"

typedef struct task {
  mn_future *future;
  mn_message arguments, results;
  uint32_t returned; /* of a chunk's calls, so many have */
} task;

/* ---- one call ---- */

/* Takes a task. */
static int l_call(lua_State *L) {
  task *t = lua_touserdata(L, 1);
  lua_settop(L, 0);
  (void)mn_decode(L, &t->future->routine->message);
  lua_call(L, mn_decode_take(L, &t->arguments), LUA_MULTRET);
  if (!mn_encode(L, 1, lua_gettop(L), "result #%d", 1, &t->results)) lua_error(L);
  return 0;
}

/* ---- a chunk ---- */

static mn_chunk *chunk_of(const task *t) {
  return (mn_chunk *)(void *)t->future;
}

/* Makes the message of the results that are in the table at `index`. */
static void encode_results(lua_State *L, task *t, int index) {
  int count = (int)t->returned, first = lua_gettop(L) + 1;
  mn_stack_need(L, count + LUA_MINSTACK);
  for (int i = 1; i <= count; i++) lua_rawgeti(L, index, i);
  if (!mn_encode(L, first, count, "result of item #%d", (int)chunk_of(t)->number, &t->results))
    lua_error(L);
}

/* Takes a task. */
static int l_call_chunk(lua_State *L) {
  task *t = lua_touserdata(L, 1);
  const mn_chunk *chunk = chunk_of(t);
  int items = (int)chunk->items, arity = (int)chunk->arity, step = arity > 0 ? arity : 1;
  lua_createtable(L, items, 0);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, t);
  (void)mn_decode(L, &t->future->routine->message);
  (void)mn_decode_take(L, &t->arguments);
  mn_stack_need(L, step + LUA_MINSTACK);
  for (int at = 4; (int)t->returned < items; at += step) {
    lua_pushvalue(L, 3);
    for (int i = 0; i < arity; i++) lua_pushvalue(L, at + i);
    lua_call(L, arity > 0 ? arity : mn_list_push(L, at), 1);
    lua_rawseti(L, 2, (lua_Integer)++t->returned);
  }
  lua_settop(L, 2);
  encode_results(L, t, 2);
  return 0;
}

/* How many of the results at the start of the table at `index` can travel. */
static uint32_t count_sound(lua_State *L, const task *t, int index) {
  mn_message message;
  uint32_t sound = 0;
  for (; sound < t->returned; sound++) {
    lua_rawgeti(L, index, (lua_Integer)sound + 1);
    if (!mn_encode(L, -1, 1, "result", 0, &message)) break;
    mn_message_drop(&message);
    lua_pop(L, 1);
  }
  lua_settop(L, index);
  return sound;
}

/* Takes a task whose chunk has failed; makes the message of what the calls before have given. */
static int l_rescue(lua_State *L) {
  task *t = lua_touserdata(L, 1);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, t) != LUA_TTABLE) return 0;
  if (t->returned == chunk_of(t)->items) t->returned = count_sound(L, t, 2);
  encode_results(L, t, 2);
  return 0;
}

/* ---- running ---- */

static int call_with(lua_State *L, lua_CFunction function, task *t) {
  lua_pushcfunction(L, function);
  lua_pushlightuserdata(L, t);
  return mn_state_call(L, 1, 0);
}

static void rescue(lua_State *L, task *t) {
  if (call_with(L, l_rescue, t) != LUA_OK) lua_pop(L, 2);
  chunk_of(t)->before = t->results;
  t->results = (mn_message){0};
}

/* Ends the future with the error that mn_state_call has left. False: that was the memory limit. */
static bool end_failed(lua_State *L, task *t, int status) {
  mn_failure failure = {0};
  if (mn_failure_is_cancellation(L)) {
    lua_pop(L, 2);
    mn_future_end(t->future, MN_FUTURE_CANCELLED, &failure.value, NULL);
    return true;
  }
  bool worn_out = mn_failure_is_limit(L, status);
  mn_failure_keep(L, status, &failure);
  if (t->future->is_chunk) rescue(L, t);
  mn_future_end(t->future, MN_FUTURE_FAILED, &failure.value, failure.traceback);
  return !worn_out;
}

static int call(lua_State *L, task *t) {
  if (!t->future->is_chunk) return call_with(L, l_call, t);
  mn_time start = mn_clock();
  int status = call_with(L, l_call_chunk, t);
  chunk_of(t)->duration = mn_clock() - start;
  return status;
}

/* The registry's entry has a key already, so this takes no memory. */
static void forget_results(lua_State *L, const task *t) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, t) != LUA_TNIL) {
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, t);
  }
  lua_pop(L, 1);
}

bool mn_task_run_alone(lua_State *L, mn_future *future) {
  task t = {.future = future};
  bool is_sound = true;
  if (!mn_future_start(future, &t.arguments)) return true;
  int status = call(L, &t);
  if (status == LUA_OK)
    mn_future_end(future, MN_FUTURE_DONE, &t.results, NULL);
  else
    is_sound = end_failed(L, &t, status);
  if (future->is_chunk) forget_results(L, &t);
  mn_message_drop(&t.arguments);
  mn_message_drop(&t.results);
  return is_sound;
}

bool mn_task_run(lua_State *L, mn_future *future) {
  mn_thread *self = mn_self(L);
  if (!mn_crew_begin(self, future)) return false;
  if (!mn_task_run_alone(L, future)) mn_crew_set_worn_out(self);
  mn_crew_end(self);
  return true;
}

/* ---- a worker ---- */

/* Calls the initializer, if there is one. */
static void initialize(lua_State *L, const mn_crew *crew) {
  int count = mn_decode(L, mn_crew_init_message(crew));
  if (count > 2) lua_call(L, count - 3, 0);
  lua_settop(L, 0);
}

static void take_and_run(lua_State *L, mn_crew *crew) {
  mn_thread *self = mn_self(L);
  uint64_t most = mn_crew_tasks_per_worker(crew), tasks = 0;
  while (!mn_crew_is_worn_out(self) && (most == 0 || tasks < most)) {
    mn_future *future;
    if (atomic_load(&self->waiter.cancelled)) mn_throw_cancelled(L);
    mn_status status = mn_crew_take(self, &future);
    if (status == MN_CLOSED) return;
    if (status != MN_OK) mn_push_status(L, status);
    tasks += future->is_chunk ? ((const mn_chunk *)(const void *)future)->items : 1;
    (void)mn_task_run(L, future); /* the first within none always can */
    mn_crew_done(crew, future);
  }
}

/* The whole of what a worker does, without arguments. */
static int l_work(lua_State *L) {
  mn_thread *self = mn_self(L);
  mn_crew *crew = mn_crew_of(self);
  initialize(L, crew);
  mn_crew_worker_is_ready(self);
  take_and_run(L, crew);
  mn_crew_worker_leave(self); /* before the end of this script waits for callbacks */
  return 0;
}

void mn_task_worker(mn_thread *self, mn_worker_cache *cache) {
  mn_spawn_run(self, cache, l_work);
  mn_crew_worker_leave(self);
}
