/* actor/serve_lua.c -- the loop under handlers is in C: a message costs a call of its handler and little
 * else. While a handler works on a question, the promise is in the life's field `promise`, where reply
 * takes it away, and where the failure of the handler finds it. */
#include "actor/serve_lua.h"

#include "base/alloc.h"
#include "core/binding.h"
#include "core/calling.h"
#include "core/codec.h"
#include "core/failure.h"
#include "core/inside.h"

mn_promise *mn_check_promise(lua_State *L, int index) {
  return (mn_promise *)(void *)mn_check_handle(L, index, &mn_promise_type);
}

/* ---- answers ---- */

int mn_actor_l_start(lua_State *L) {
  lua_pushboolean(L, mn_promise_start(mn_check_promise(L, 1)));
  return 1;
}

/* Keeps it with the values from `first` to the top of the stack. */
static void resolve(lua_State *L, mn_promise *promise, int first) {
  mn_message results;
  mn_stack_need_for(L, LUA_MINSTACK, "too many results");
  if (!mn_encode(L, first, lua_gettop(L) - first + 1, "result #%d", 1, &results))
    (void)lua_error(L);
  mn_promise_keep(promise, MN_FUTURE_DONE, &results, NULL);
}

int mn_actor_l_resolve(lua_State *L) {
  resolve(L, mn_check_promise(L, 1), 2);
  return 0;
}

/* ---- taking ---- */

/* The promise, a reference of the message's, if it is a question; else NULL. */
static mn_promise *promise_of(const mn_message *message) {
  mn_handle *first = message->handles > 0 ? message->body.heap.handles[0] : NULL;
  return first && first->type == &mn_promise_type ? (mn_promise *)(void *)first : NULL;
}

/* Takes a message as light userdata; gives its values. */
static int l_decode(lua_State *L) {
  mn_message *message = lua_touserdata(L, 1);
  lua_settop(L, 0);
  return mn_decode_take(L, message);
}

/* Keeps the promise with the error on top of the stack, which is popped. Never throws. */
static void refuse_question(lua_State *L, mn_promise *promise) {
  bool is_text = lua_type(L, -1) == LUA_TSTRING;
  char *text = mn_alloc_text(is_text ? lua_tostring(L, -1) : "the question cannot be read");
  mn_message value;
  mn_failure_keep_value(L, &value);
  if (mn_promise_start(promise)) {
    mn_promise_keep(promise, MN_FUTURE_FAILED, &value, text);
  } else {
    mn_message_drop(&value);
    mn_free(text);
  }
}

/* Pushes the values of a question, the promise first. False: it can't be read here, and was answered by
 * that error. */
static bool decode_question(lua_State *L, mn_message *message, mn_promise *promise) {
  mn_handle_ref(&promise->handle);
  lua_pushcfunction(L, l_decode);
  lua_pushlightuserdata(L, message);
  bool can_be_read = lua_pcall(L, 1, LUA_MULTRET, 0) == LUA_OK;
  if (!can_be_read) refuse_question(L, promise);
  mn_handle_unref(&promise->handle);
  return can_be_read;
}

static mn_status take(lua_State *L, mn_message *message) {
  mn_actor *actor = (mn_actor *)(void *)mn_check_handle(L, 1, &mn_actor_type);
  return mn_queue_get(actor->mailbox, message, mn_waiter_to_park(L), MN_FOREVER);
}

int mn_actor_l_receive(lua_State *L) {
  mn_message message;
  mn_status status = take(L, &message);
  if (status != MN_OK) return mn_push_status(L, status);
  lua_settop(L, 0);
  mn_promise *promise = promise_of(&message);
  if (!promise) {
    lua_pushboolean(L, 0);
    (void)mn_decode_take(L, &message);
  } else if (!decode_question(L, &message, promise)) {
    lua_pushboolean(L, 1);
  }
  return lua_gettop(L);
}

/* ---- serving ---- */

/* The arguments; then what is called for a message that no tag picks a handler for. */
enum { ACTOR = 1, LIFE, SELF, HANDLERS, DEFAULT, CALLED, FIRST = CALLED + 2 };

/* The question is the values from FIRST on, the promise the first. False: it is no longer wanted. */
static bool begin_question(lua_State *L) {
  if (!mn_promise_start(mn_check_promise(L, FIRST))) return false;
  lua_pushvalue(L, FIRST);
  lua_setfield(L, LIFE, "promise");
  lua_remove(L, FIRST);
  return true;
}

/* Answers with the values from `first` on, unless reply has. */
static void answer(lua_State *L, int first) {
  mn_stack_need_for(L, LUA_MINSTACK, "too many results");
  bool is_answered = lua_getfield(L, LIFE, "promise") == LUA_TNIL;
  mn_promise *promise = is_answered ? NULL : mn_check_promise(L, -1);
  lua_pop(L, 1); /* the life has it */
  if (is_answered) return;
  resolve(L, promise, first);
  lua_pushnil(L);
  lua_setfield(L, LIFE, "promise");
}

/* `context` is where the results of a question's handler are; 0: it was none. */
static int after_handler(lua_State *L, int status, lua_KContext context) {
  (void)status;
  if (context > 0) answer(L, (int)context);
  return mn_actor_l_serve(L);
}

/* The message's values are from FIRST on; below is room for what is called, and the actor's self. */
static void handle(lua_State *L, bool is_question) {
  int called = CALLED;
  if (lua_type(L, FIRST) == LUA_TSTRING) {
    lua_pushvalue(L, FIRST);
    if (lua_rawget(L, HANDLERS) == LUA_TNIL) {
      lua_pop(L, 1);
    } else { /* in place of the tag is self */
      called = CALLED + 1;
      lua_replace(L, called);
      lua_copy(L, SELF, called + 1);
    }
  }
  int context = is_question ? called : 0;
  lua_callk(L, lua_gettop(L) - called, is_question ? LUA_MULTRET : 0, context, after_handler);
  if (is_question) answer(L, called);
}

int mn_actor_l_serve(lua_State *L) {
  for (;;) {
    mn_message message;
    lua_settop(L, DEFAULT);
    mn_status status = take(L, &message);
    if (status != MN_OK) return mn_push_status(L, status);
    lua_pushvalue(L, DEFAULT);
    lua_pushvalue(L, SELF);
    mn_promise *promise = promise_of(&message);
    if (!promise)
      (void)mn_decode_take(L, &message);
    else if (!decode_question(L, &message, promise) || !begin_question(L))
      continue;
    handle(L, promise != NULL);
  }
}
