/* actor/actor_lua.c -- actors as others see them, and what actor/actor.lua, which runs them, needs of C.
 *
 * A message is the values that were sent; a question has its promise in front. The references of a life
 * and of a promise are counted: here each has a userdata that the state's table of objects does not
 * know, and that is emptied when the reference has gone where it belongs. */
#include "actor/actor_lua.h"

#include <stdio.h>
#include <string.h>

#include "actor/actor.h"
#include "actor/serve_lua.h"
#include "base/alloc.h"
#include "core/binding.h"
#include "core/calling.h"
#include "core/codec.h"
#include "core/face.h"
#include "core/failure.h"
#include "core/inside.h"
#include "core/report.h"
#include "core/state.h"
#include "core/traceback.h"
#include "futures/future_lua.h"
#include "queue/ordered_queue.h"

static mn_actor *check_actor(lua_State *L) {
  return (mn_actor *)(void *)mn_check_handle(L, 1, &mn_actor_type);
}

/* Lets go of what the userdata at `index`, which is in no table of objects, refers to. */
static void empty(lua_State *L, int index) {
  mn_ref *ref = lua_touserdata(L, index);
  mn_handle *object = ref->object;
  ref->object = NULL;
  if (object) mn_handle_unref(object);
}

/* ---- errors ---- */

/* A message handler: a failure, which is a list of the error and its traceback. */
static int l_failure(lua_State *L) {
  mn_state_allow_more(mn_state_of(L));
  lua_settop(L, 1);
  lua_createtable(L, 2, 0);
  lua_pushvalue(L, 1);
  lua_rawseti(L, 2, 1);
  mn_traceback_push(L, L, 1, mn_state_push_message(L, 1), 1);
  lua_rawseti(L, 2, 2);
  lua_settop(L, 2);
  return 1;
}

/* Replaces the failure on top of the stack by what is in it. Without memory it is a string. */
static void open_failure(lua_State *L) {
  if (lua_type(L, -1) != LUA_TTABLE) {
    if (lua_type(L, -1) != LUA_TSTRING) {
      lua_pop(L, 1);
      lua_pushliteral(L, "not enough memory");
    }
    lua_pushvalue(L, -1);
    return;
  }
  lua_rawgeti(L, -1, 1);
  lua_rawgeti(L, -2, 2);
  lua_remove(L, -3);
}

/* report(failure): for one that ends nothing and answers nothing. */
static int l_report(lua_State *L) {
  lua_settop(L, 1);
  open_failure(L);
  mn_report_write(mn_state_of(L)->runtime,
                  "moons: an actor failed, and starts anew: ", lua_tostring(L, -1), "");
  return 0;
}

/* ---- answers ---- */

/* reject(promise, failure) */
static int l_reject(lua_State *L) {
  mn_promise *promise = mn_check_promise(L, 1);
  mn_failure failure;
  lua_settop(L, 2);
  open_failure(L);
  mn_failure_keep(L, LUA_ERRRUN, &failure);
  mn_promise_keep(promise, MN_FUTURE_FAILED, &failure.value, failure.traceback);
  return 0;
}

/* ---- sending ---- */

static bool has_handler(const mn_actor *actor, const char *tag) {
  for (const char *at = actor->tags; *at; at += strlen(at) + 1)
    if (strcmp(at, tag) == 0) return true;
  return false;
}

/* Throws for a message, from argument 2 on, that the actor could do nothing with. */
static void check_message(lua_State *L, const mn_actor *actor) {
  if (actor->refuses_nil)
    luaL_argcheck(L, !lua_isnoneornil(L, 2), 2, "nil would end the actor's loop");
  if (!actor->tags) return;
  const char *tag = luaL_checkstring(L, 2);
  if (has_handler(actor, tag)) return;
  luaL_argerror(L, 2, lua_pushfstring(L, "the actor has no handler '%s'", tag));
}

static mn_status put(mn_actor *actor, mn_message *message, mn_waiter *self) {
  mn_status status = mn_queue_put(actor->mailbox, message, self, MN_FOREVER);
  if (status == MN_PARKED)
    mn_message_keep(self, message);
  else if (status != MN_OK)
    mn_message_drop(message);
  return status;
}

static int l_send(lua_State *L) {
  mn_actor *actor = check_actor(L);
  mn_waiter *self = mn_waiter_to_park(L);
  mn_message message;
  if (!mn_message_take_kept(self, &message)) {
    check_message(L, actor);
    mn_stack_need(L, LUA_MINSTACK);
    mn_encode_or_throw(L, 2, lua_gettop(L) - 1, "argument #%d", 1, &message);
  }
  return mn_push_status(L, put(actor, &message, self));
}

/* A refusal, on top of the stack, is raised at the line that called l_ask. */
static int throw_refusal(lua_State *L) {
  mn_site site;
  if (lua_type(L, -1) != LUA_TSTRING) return lua_error(L);
  mn_site_of(L, 1, &site);
  lua_pushfstring(L, "%s: %s", site.text, lua_tostring(L, -1));
  return lua_error(L);
}

/* Takes the actor, a promise, the values. Who gets an error has no use for the future. */
static int l_put_question(lua_State *L) {
  mn_actor *actor = check_actor(L);
  mn_promise *promise = mn_check_promise(L, 2);
  mn_waiter *self = mn_waiter_to_park(L);
  mn_message message;
  if (!mn_message_take_kept(self, &message)) {
    mn_stack_need(L, LUA_MINSTACK);
    if (!mn_encode(L, 2, lua_gettop(L) - 1, "argument #%d", 0, &message)) {
      (void)mn_future_cancel(promise->future);
      return throw_refusal(L);
    }
  }
  mn_status status = put(actor, &message, self);
  if (status != MN_OK && status != MN_PARKED && status != MN_CLOSED)
    (void)mn_future_cancel(promise->future);
  return mn_push_status(L, status);
}

/* The future is at 1, the promise at 2. It is in the mailbox now, or goes unkept. */
static int after_ask(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  empty(L, 2);
  lua_settop(L, 1);
  return 1;
}

static int l_ask(lua_State *L) {
  mn_actor *actor = check_actor(L);
  int count = lua_gettop(L);
  check_message(L, actor);
  mn_stack_need(L, LUA_MINSTACK);
  mn_ref *ref = mn_ref_new(L, &mn_future_type);
  mn_future *future = mn_future_new(mn_state_of(L)->runtime);
  if (!future) return luaL_error(L, "not enough memory");
  mn_ref_fill(L, ref, &future->handle);
  ref = mn_ref_new(L, &mn_promise_type);
  mn_promise *promise = mn_promise_new(future);
  if (!promise) return luaL_error(L, "not enough memory");
  ref->object = &promise->handle;
  lua_pushcfunction(L, l_put_question);
  lua_rotate(L, 1, 3); /* future, promise, function, actor, the values */
  lua_pushvalue(L, 2);
  lua_insert(L, 5);
  lua_callk(L, count + 1, 0, 0, after_ask);
  return after_ask(L, LUA_OK, 0);
}

/* ---- those who want to hear of the end ---- */

/* Pushes {actor=, status=, error=}. */
static void push_word(lua_State *L, mn_actor *actor) {
  mn_future_status status = mn_future_status_of(actor->ended);
  lua_createtable(L, 0, 3);
  mn_push_handle(L, &actor->handle);
  lua_setfield(L, -2, "actor");
  lua_pushstring(L, mn_future_status_word(status));
  lua_setfield(L, -2, "status");
  if (status != MN_FUTURE_FAILED) return;
  (void)mn_future_push_error(L, actor->ended);
  lua_setfield(L, -2, "error");
}

/* Tells the actor or queue on top of the stack, which is popped. Waits for nobody. A queue that can't take
 * it gets none: others are to be told, too. */
static void tell(lua_State *L, mn_actor *actor) {
  mn_actor *other = (mn_actor *)(void *)mn_test_handle(L, -1, &mn_actor_type);
  if (other) {
    mn_message message;
    lua_pushliteral(L, "down");
    push_word(L, actor);
    mn_encode_or_throw(L, lua_gettop(L) - 1, 2, "argument #%d", 1, &message);
    if (mn_queue_try_put(other->mailbox, &message) != MN_OK) mn_message_drop(&message);
    lua_pop(L, 3);
    return;
  }
  lua_getfield(L, -1, "try_put");
  lua_insert(L, -2);
  push_word(L, actor);
  if (lua_pcall(L, 2, 0, 0) != LUA_OK) lua_pop(L, 1);
}

/* Takes the actor, which has ended. Who comes after this is told by his own call. */
static int l_tell_all(lua_State *L) {
  mn_actor *actor = lua_touserdata(L, 1);
  mn_message message;
  mn_queue_close(actor->monitors, false);
  while (mn_queue_try_get(actor->monitors, &message) == MN_OK) {
    (void)mn_decode_take(L, &message);
    tell(L, actor);
  }
  return 0;
}

/* A PriorityQueue that orders values by themselves, which tables have no order by. */
static bool orders_by_value(lua_State *L, int index) {
  mn_handle *object = mn_test_handle(L, index, &mn_priority_queue_type);
  return object && mn_ordered_queue_rule((mn_ordered_queue *)(void *)object)->values == 0;
}

static int l_monitor(lua_State *L) {
  mn_actor *actor = check_actor(L);
  const mn_actor *other = (mn_actor *)(void *)mn_test_handle(L, 2, &mn_actor_type);
  mn_message message;
  if (other)
    luaL_argcheck(L, !other->tags || has_handler(other, "down"), 2,
                  "the actor has no handler 'down'");
  else
    luaL_argexpected(L, mn_to_handle(L, 2) && lua_getfield(L, 2, "try_put") == LUA_TFUNCTION, 2,
                     "Queue or Actor");
  luaL_argcheck(L, !orders_by_value(L, 2), 2, "a PriorityQueue needs a key for tables");
  lua_settop(L, 2);
  mn_encode_or_throw(L, 2, 1, "argument #1", 1, &message);
  if (mn_queue_try_put(actor->monitors, &message) == MN_OK) return 0;
  mn_message_drop(&message);
  tell(L, actor);
  return 0;
}

/* ---- running ---- */

/* Whether the error on top of the stack, above its value, comes of being cancelled. */
static bool is_cancelled(lua_State *L) {
  const mn_task *task = mn_state_of(L)->task;
  return (task && atomic_load(&task->waiter.cancelled) && mn_failure_is_cancelled(L, -2)) ||
         mn_failure_is_cancellation(L);
}

/* The life is at 1; on top of the stack is nil or a failure. */
static int after_run(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  mn_failure failure = {0};
  mn_future_status outcome = MN_FUTURE_DONE;
  mn_actor *actor = ((mn_life *)(void *)mn_check_handle(L, 1, &mn_life_type))->actor;
  if (!lua_isnil(L, -1)) {
    open_failure(L);
    outcome = is_cancelled(L) ? MN_FUTURE_CANCELLED : MN_FUTURE_FAILED;
    if (outcome == MN_FUTURE_FAILED) mn_failure_keep(L, LUA_ERRRUN, &failure);
  }
  mn_actor_end(actor, outcome, &failure.value, failure.traceback);
  lua_settop(L, 1);
  lua_pushcfunction(L, l_tell_all);
  lua_pushlightuserdata(L, actor);
  (void)lua_pcall(L, 1, 0, 0);
  return 0;
}

static int l_run(lua_State *L) {
  mn_actor *actor = ((mn_life *)(void *)mn_check_handle(L, 1, &mn_life_type))->actor;
  atomic_store(&actor->waiter, mn_waiter_of(L));
  int count = lua_gettop(L);
  mn_stack_need(L, LUA_MINSTACK);
  lua_pushcfunction(L, l_failure);
  lua_insert(L, 2);
  lua_getfield(L, 1, "work");
  mn_push_handle(L, &actor->handle);
  lua_rotate(L, 3, 2);
  return after_run(L, lua_pcallk(L, count, 1, 2, 0, after_run), 0);
}

/* is_stopping(): whether the caller is cancelled. */
static int l_is_stopping(lua_State *L) {
  lua_pushboolean(L, mn_waiter_asked_to_stop(mn_waiter_of(L)) == MN_CANCELLED);
  return 1;
}

/* behaviour(actor): a new copy of what an actor on a thread is made of. */
static int l_behaviour(lua_State *L) {
  return mn_decode(L, &check_actor(L)->behaviour);
}

/* ---- making ---- */

/* Takes a list of strings at `index`. */
static char *copy_tags(lua_State *L, int index) {
  size_t size = 1;
  lua_Integer count = (lua_Integer)lua_rawlen(L, index);
  for (lua_Integer i = 1; i <= count; i++, lua_pop(L, 1)) {
    lua_rawgeti(L, index, i);
    size += strlen(lua_tostring(L, -1)) + 1;
  }
  char *tags = mn_alloc(size), *at = tags;
  for (lua_Integer i = 1; tags && i <= count; i++, lua_pop(L, 1)) {
    lua_rawgeti(L, index, i);
    size_t length = strlen(lua_tostring(L, -1)) + 1;
    memcpy(at, lua_tostring(L, -1), length);
    at += length;
  }
  if (at) *at = '\0';
  return tags;
}

/* Errors that it ends by name the script's line: beyond pcall, the face and moons.Actor. */
static void note_line(lua_State *L, mn_actor *actor) {
  enum { SCRIPT = 4 };
  mn_site site;
  mn_site_of(L, SCRIPT, &site);
  actor->ended->handle.made_at = mn_made_at_new(&site);
}

/* new(maxsize, tags, refuses_nil, ...): what follows is the behaviour of one on a thread. */
static int l_new(lua_State *L) {
  int count = lua_gettop(L) - 3;
  mn_stack_need(L, LUA_MINSTACK);
  mn_ref *ref = mn_ref_new(L, &mn_actor_type);
  mn_actor *actor = mn_actor_new(mn_state_of(L)->runtime, (uint64_t)lua_tointeger(L, 1));
  if (!actor) return luaL_error(L, "not enough memory");
  mn_ref_fill(L, ref, &actor->handle);
  note_line(L, actor);
  actor->refuses_nil = lua_toboolean(L, 3);
  if (!lua_isnil(L, 2)) {
    actor->tags = copy_tags(L, 2);
    if (!actor->tags) return luaL_error(L, "not enough memory");
  }
  if (count > 0 && !mn_encode(L, 4, count, "argument #%d", 1, &actor->behaviour))
    return lua_error(L);
  return 1;
}

/* life(actor) */
static int l_life(lua_State *L) {
  mn_actor *actor = check_actor(L);
  mn_ref *ref = mn_ref_new(L, &mn_life_type);
  mn_life *life = mn_life_new(actor);
  if (!life) return luaL_error(L, "not enough memory");
  ref->object = &life->handle;
  return 1;
}

/* let_go(life): it is on its way to a thread. */
static int l_let_go(lua_State *L) {
  (void)mn_check_handle(L, 1, &mn_life_type);
  empty(L, 1);
  return 0;
}

/* attach(actor, runner) */
static int l_attach(lua_State *L) {
  atomic_store(&check_actor(L)->runner, mn_handle_ref(mn_to_handle(L, 2)));
  return 0;
}

static const luaL_Reg core[] = {{"new", l_new},
                                {"life", l_life},
                                {"let_go", l_let_go},
                                {"attach", l_attach},
                                {"receive", mn_actor_l_receive},
                                {"serve", mn_actor_l_serve},
                                {"start", mn_actor_l_start},
                                {"resolve", mn_actor_l_resolve},
                                {"reject", l_reject},
                                {"failure", l_failure},
                                {"behaviour", l_behaviour},
                                {"report", l_report},
                                {"is_stopping", l_is_stopping},
                                {NULL, NULL}};

static int l_work(lua_State *L) {
  return mn_face_call(L, "actor/actor", core, "work");
}

static int l_actor(lua_State *L) {
  return mn_face_call(L, "actor/actor", core, "new");
}

/* ---- what ends it ---- */

static int l_close(lua_State *L) {
  mn_queue_close(check_actor(L)->mailbox, lua_toboolean(L, 2));
  return 0;
}

static mn_status wait_for_end(lua_State *L, mn_actor *actor, mn_time deadline) {
  if (atomic_load(&actor->waiter) == mn_waiter_of(L) && !mn_future_has_ended(actor->ended))
    luaL_error(L, "an actor cannot wait for its own end");
  return mn_future_await(L, actor->ended, deadline);
}

static int push_end(lua_State *L, mn_actor *actor) {
  switch (mn_future_status_of(actor->ended)) {
    case MN_FUTURE_DONE: lua_pushboolean(L, 1); return 1;
    case MN_FUTURE_FAILED: return mn_future_push_result(L, actor->ended);
    default: return luaL_error(L, "the actor was cancelled");
  }
}

static int l_join(lua_State *L) {
  mn_actor *actor = check_actor(L);
  mn_status status = wait_for_end(L, actor, mn_check_deadline(L, 2));
  return status == MN_OK ? push_end(L, actor) : mn_push_status(L, status);
}

static int l_cancel(lua_State *L) {
  mn_handle *runner = atomic_load(&check_actor(L)->runner);
  if (mn_future_has_ended(check_actor(L)->ended) || !runner) {
    lua_pushboolean(L, 0);
    return 1;
  }
  mn_push_handle(L, runner);
  lua_getfield(L, -1, "cancel");
  lua_insert(L, -2);
  lua_call(L, 1, 1);
  return 1;
}

/* __close: works off what there is, or is cancelled if the block is left by an error. */
static int l_leave(lua_State *L) {
  mn_actor *actor = check_actor(L);
  bool is_error = !lua_isnoneornil(L, 2);
  mn_queue_close(actor->mailbox, is_error);
  if (is_error) {
    lua_pushcfunction(L, l_cancel);
    lua_pushvalue(L, 1);
    lua_call(L, 1, 0);
  }
  mn_status status = wait_for_end(L, actor, MN_FOREVER);
  if (status != MN_OK) return mn_push_status(L, status);
  return is_error ? 0 : push_end(L, actor);
}

static int l_status(lua_State *L) {
  lua_pushstring(L, mn_future_status_word(mn_future_status_of(check_actor(L)->ended)));
  return 1;
}

static const luaL_Reg methods[] = {
    {"send", l_send},     {"ask", l_ask},       {"close", l_close},     {"join", l_join},
    {"cancel", l_cancel}, {"status", l_status}, {"monitor", l_monitor}, {NULL, NULL}};
static const luaL_Reg metamethods[] = {{"__close", l_leave}, {NULL, NULL}};
static const mn_binding binding = {.methods = methods, .metamethods = metamethods};

static const luaL_Reg life_methods[] = {{"run", l_run}, {"work", l_work}, {NULL, NULL}};
static const mn_binding life_binding = {.methods = life_methods};

static const luaL_Reg no_methods[] = {{NULL, NULL}};
static const mn_binding promise_binding = {.methods = no_methods};

void mn_actor_open(lua_State *L) {
  mn_type_open(L, &mn_actor_type, &binding);
  mn_type_open(L, &mn_life_type, &life_binding);
  mn_type_open(L, &mn_promise_type, &promise_binding);
  lua_pushcfunction(L, l_actor);
  lua_setfield(L, -2, "Actor");
}
