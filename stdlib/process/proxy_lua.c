/* process/proxy_lua.c -- methods that are calls of another process.
 *
 * A method that is a C function at home is a call over this thread's channel to that process; one that is
 * Lua on top of such methods is the same here. A function that is an argument of a method which
 * calls it stays here, and is called back, in this thread: so locks, transactions and a Once work as
 * they do between threads. */
#include "process/proxy_lua.h"

#include <errno.h>
#include <string.h>

#include "core/binding.h"
#include "core/calling.h"
#include "core/codec.h"
#include "core/face.h"
#include "core/failure.h"
#include "core/inside.h"
#include "core/registry.h"
#include "process/deputy_lua.h"
#include "process/far_future_lua.h"
#include "process/gone_lua.h"

/* Registry: a table of channels by link; the metatable of those; a table of methods by type name. */
static const char CHANNELS_KEY, CHANNEL_KEY, METHODS_KEY;

/* Methods that call their arguments. */
static const char *const calling[] = {"with",   "with_read", "with_write",  "wait_for", "call",
                                      "update", "wait",      "transaction", NULL};

static mn_proxy *check_proxy(lua_State *L) {
  return (mn_proxy *)(void *)mn_check_handle(L, 1, &mn_proxy_type);
}

/* ---- channels ---- */

typedef struct holder {
  mn_channel *channel; /* NULL: not yet, or no more */
  unsigned calls;      /* so many use it, one within the other */
  bool lost; /* they have lost step: it is of no use any more, and goes with the last of them */
} holder;

static void let_go(holder *h) {
  mn_channel *channel = h->channel;
  h->channel = NULL;
  if (channel) mn_channel_free(channel);
}

static int l_holder_gc(lua_State *L) {
  if (mn_is_finalizing(L)) let_go(lua_touserdata(L, 1));
  return 0;
}

/* Pushes the table of channels. */
static void push_channels(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &CHANNELS_KEY) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &CHANNELS_KEY);
}

/* Drops the channels of links that are closed, but for those that calls use. The table is on top of the
 * stack. */
static void sweep_channels(lua_State *L) {
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    holder *h = lua_touserdata(L, -1);
    if (h->calls > 0) continue;
    if (h->channel && !atomic_load(&mn_channel_link(h->channel)->closed)) continue;
    let_go(h);
    lua_pushvalue(L, -2);
    lua_pushnil(L);
    lua_rawset(L, -5);
  }
}

static holder *open_channel(lua_State *L, mn_link *link) {
  push_channels(L);
  sweep_channels(L);
  holder *h = lua_newuserdatauv(L, sizeof *h, 0);
  *h = (holder){0};
  mn_registry_push_metatable(L, &CHANNEL_KEY, l_holder_gc);
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, -3, link);
  mn_status status = mn_channel_open(link, &h->channel);
  if (status == MN_CLOSED) mn_throw_gone(L, link);
  if (status == MN_INVALID) luaL_error(L, "cannot reach the process: %s", strerror(errno));
  if (status != MN_OK) luaL_error(L, "%s", mn_status_word(status));
  lua_pop(L, 2);
  return h;
}

/* This thread's channel to the process. It stays in the table for as long as calls use it. */
static holder *channel_to(lua_State *L, mn_link *link) {
  push_channels(L);
  lua_rawgetp(L, -1, link);
  holder *h = lua_touserdata(L, -1);
  lua_pop(L, 2);
  if (atomic_load(&link->closed) || (h && h->lost)) mn_throw_gone(L, link);
  return h && h->channel ? h : open_channel(L, link);
}

/* A call has ended; `in_step`: as it should. A state that is being closed has no finalizer of a new holder
 * called any more: then each call has a channel of its own. */
static void leave_channel(lua_State *L, holder *h, bool in_step) {
  h->calls--;
  if (!in_step && !h->lost) {
    h->lost = true;
    mn_channel_end(h->channel);
  }
  if (h->calls > 0 || !(h->lost || mn_state_of(L)->closing)) return;
  let_go(h);
  h->lost = false;
}

/* ---- a call ---- */

typedef struct call {
  const mn_proxy *proxy;
  holder *holder;
  mn_channel *channel; /* the holder's */
  uint64_t number;
  const char *name;
  int first; /* stack index of argument 0 */
  uint64_t stayed;
  int failed;       /* stack index of what the last callback to fail has raised; 0: none */
  mn_status asked;  /* it was asked to stop; or MN_EMPTY */
  mn_time deadline; /* of that */
} call;

/* Keeps the error value on top of the stack, and makes a message of it. */
static void keep_error(lua_State *L, call *c, mn_message *message) {
  if (c->failed == 0) {
    c->failed = lua_gettop(L);
  } else {
    lua_copy(L, -1, c->failed);
    lua_pop(L, 1);
  }
  lua_pushvalue(L, c->failed);
  mn_failure_keep_value(L, message);
}

/* Takes call and frame: calls the function that stayed; gives its results as a message. */
static int l_run_callback(lua_State *L) {
  mn_frame *frame = lua_touserdata(L, 2);
  mn_frame *answer = lua_touserdata(L, 3);
  lua_settop(L, 1);
  int count = mn_decode_take(L, &frame->message);
  lua_call(L, count, LUA_MULTRET);
  if (!mn_encode(L, 1, lua_gettop(L), "result #%d of the function", 1, &answer->message))
    lua_error(L);
  return 0;
}

static mn_status run_callback(lua_State *L, call *c, mn_frame *frame) {
  mn_frame answer = {.kind = MN_FRAME_RETURN, .call = frame->call};
  if (frame->target >= 64 || !(c->stayed >> frame->target & 1)) {
    mn_message_drop(&frame->message);
    return MN_CLOSED;
  }
  lua_pushcfunction(L, l_run_callback);
  lua_pushvalue(L, c->first + (int)frame->target);
  lua_pushlightuserdata(L, frame);
  lua_pushlightuserdata(L, &answer);
  if (lua_pcall(L, 3, 0, 0) != LUA_OK) {
    answer.kind = MN_FRAME_ERROR;
    keep_error(L, c, &answer.message);
  }
  mn_message_drop(&frame->message);
  if (!c->holder->lost) return mn_channel_send(c->channel, &answer, NULL);
  mn_message_drop(&answer.message);
  return MN_CLOSED;
}

/* Asks the other side to end the call, once. */
static void pass_on_stop(call *c, mn_status asked) {
  c->asked = asked;
  c->deadline = mn_clock() + MN_PEER_GRACE;
  (void)mn_link_tell(c->proxy->link,
                     (mn_command){MN_COMMAND_STOP, mn_channel_number(c->channel), c->number, 0},
                     -1);
}

/* Waits for the answer, and calls back meanwhile. */
static mn_status wait_for_answer(lua_State *L, call *c, mn_frame *answer) {
  mn_waiter *waiter = &mn_self(L)->waiter;
  mn_wait_case what = {.object = (mn_handle *)(uintptr_t)&c->proxy->handle, .verb = c->name};
  for (;;) {
    mn_waiter_record(waiter, &what, 1);
    mn_status status =
        mn_channel_receive(c->channel, c->asked == MN_EMPTY ? waiter : NULL, c->deadline, answer);
    mn_waiter_record(waiter, NULL, 0);
    if (mn_status_is_stop(status)) {
      pass_on_stop(c, status);
      continue;
    }
    if (status != MN_OK || answer->kind != MN_FRAME_CALLBACK) return status;
    status = run_callback(L, c, answer);
    if (status != MN_OK) return status;
  }
}

static int throw_error(lua_State *L, const call *c, mn_frame *answer) {
  mn_status asked = c->asked;
  unsigned flags = answer->flags;
  if (asked != MN_EMPTY) {
    mn_message_drop(&answer->message);
    return mn_push_status(L, asked);
  }
  if (flags & MN_ANSWER_OF_CALLBACK && c->failed != 0) {
    mn_message_drop(&answer->message);
    lua_pushvalue(L, c->failed);
    return lua_error(L);
  }
  bool empty = answer->message.values == 0;
  lua_settop(L, 0);
  if (empty) return luaL_error(L, "%s", mn_status_word(MN_NOMEM));
  (void)mn_decode_take(L, &answer->message);
  return flags & MN_ANSWER_AT_CALLER ? mn_throw_here(L) : lua_error(L);
}

static int finish(lua_State *L, call *c, mn_status status, mn_frame *answer) {
  mn_link *link = c->proxy->link;
  switch (status) {
    case MN_OK: break;
    case MN_CLOSED:
      return c->asked != MN_EMPTY ? mn_push_status(L, c->asked) : mn_throw_gone(L, link);
    case MN_TIMEOUT: return mn_push_status(L, c->asked);
    case MN_CANCELLED: return mn_push_status(L, status);
    default: return luaL_error(L, "%s", mn_status_word(status));
  }
  switch (answer->kind) {
    case MN_FRAME_RETURN: return mn_decode_take(L, &answer->message);
    case MN_FRAME_ERROR: return throw_error(L, c, answer);
    default:
      mn_message_drop(&answer->message);
      return c->asked != MN_EMPTY ? mn_push_status(L, c->asked) : mn_throw_gone(L, link);
  }
}

/* Pushes the arguments from index `first` on, but nil for the functions that stay. */
static uint64_t push_arguments(lua_State *L, int first, int count, bool calls) {
  uint64_t stayed = 0;
  mn_stack_need(L, count + LUA_MINSTACK);
  for (int i = 0; i < count; i++) {
    if (calls && i < 64 && lua_isfunction(L, first + i)) {
      stayed |= UINT64_C(1) << i;
      lua_pushnil(L);
    } else {
      lua_pushvalue(L, first + i);
    }
  }
  return stayed;
}

/* Calls the method with the arguments from index 2 on. How many values. */
static int make_call(lua_State *L, const mn_proxy *proxy, const char *name, bool calls) {
  int count = lua_gettop(L) - 1;
  call c = {.proxy = proxy, .name = name, .first = 2, .asked = MN_EMPTY, .deadline = MN_FOREVER};
  mn_frame frame = {.kind = MN_FRAME_CALL, .target = proxy->id, .text = name}, answer = {0};
  if (proxy->link->is_to_parent) frame.parameter = mn_link_task_of(proxy->link, mn_self(L));
  c.holder = channel_to(L, proxy->link);
  c.channel = c.holder->channel;
  c.stayed = frame.stayed = push_arguments(L, 2, count, calls);
  c.holder->calls++; /* from here on: encoding may call a hook that makes calls, too */
  if (!mn_encode(L, count + 2, count, "argument #%d", 1, &frame.message)) {
    leave_channel(L, c.holder, true);
    return mn_throw_here(L);
  }
  lua_settop(L, count + 1);
  c.number = frame.call = mn_channel_new_call(c.channel);
  mn_status status = mn_channel_send(c.channel, &frame, &mn_self(L)->waiter);
  bool is_sent = status != MN_NOMEM;
  if (status == MN_OK) status = wait_for_answer(L, &c, &answer);
  leave_channel(L, c.holder, status == MN_OK || !is_sent);
  return finish(L, &c, status, &answer);
}

/* Upvalues: the method's name, whether it calls its arguments, and what makes results of the object and the
 * answer, or nil. */
static int l_method(lua_State *L) {
  const mn_proxy *proxy = check_proxy(L);
  int count = make_call(L, proxy, lua_tostring(L, lua_upvalueindex(1)),
                        lua_toboolean(L, lua_upvalueindex(2)));
  if (lua_isnil(L, lua_upvalueindex(3))) return count;
  int base = lua_gettop(L) - count;
  lua_pushvalue(L, lua_upvalueindex(3));
  lua_insert(L, base + 1);
  lua_pushvalue(L, 1);
  lua_insert(L, base + 2);
  lua_call(L, count + 1, LUA_MULTRET);
  return lua_gettop(L) - base;
}

/* ---- methods ---- */

static bool calls_arguments(const char *name) {
  const char *const *c = calling;
  while (*c && strcmp(*c, name) != 0) c++;
  return *c != NULL;
}

/* Takes a name, and what makes the results, or nil: gives the method. */
static int l_make_method(lua_State *L) {
  lua_settop(L, 2);
  lua_pushboolean(L, calls_arguments(luaL_checkstring(L, 1)));
  lua_insert(L, 2);
  lua_pushcclosure(L, l_method, 3);
  return 1;
}

/* Takes the table of methods at home on top of the stack; replaces it by that of proxies. */
static void make_methods(lua_State *L) {
  lua_newtable(L);
  for (lua_pushnil(L); lua_istable(L, -3) && lua_next(L, -3);) {
    if (lua_iscfunction(L, -1)) {
      lua_pop(L, 1);
      lua_pushcfunction(L, l_make_method);
      lua_pushvalue(L, -2);
      lua_call(L, 1, 1);
    }
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
  if (!lua_istable(L, -1)) lua_pop(L, 1); /* the nil, where there was no table */
  lua_remove(L, -2);
  mn_face_push(L, "process/proxy", NULL);
  lua_pushvalue(L, -2);
  lua_pushcfunction(L, l_make_method);
  lua_pushcfunction(L, mn_far_future_l_add_done_callback);
  lua_call(L, 3, 0);
}

/* Pushes the table of methods for objects of that type's name. */
static void push_methods(lua_State *L, const char *type_name) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &METHODS_KEY) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &METHODS_KEY);
  }
  if (lua_getfield(L, -1, type_name) == LUA_TTABLE) {
    lua_remove(L, -2);
    return;
  }
  lua_pop(L, 1);
  const mn_type *type = mn_type_find(L, type_name);
  if (!type) luaL_error(L, "no type '%s' here", type_name);
  mn_type_push(L, type);
  lua_remove(L, -2);
  make_methods(L);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, type_name);
  lua_remove(L, -2);
}

/* Whether objects of the type have that operator at home. */
static bool has_operator(lua_State *L, const mn_proxy *proxy, const char *name) {
  const mn_type *type = mn_type_find(L, proxy->type_name);
  if (!type) return false;
  mn_type_push(L, type);
  lua_pop(L, 1);
  lua_getfield(L, -1, name);
  bool has = lua_isfunction(L, -1);
  lua_pop(L, 2);
  return has;
}

/* ---- operators ---- */

static int l_index(lua_State *L) {
  const mn_proxy *proxy = check_proxy(L);
  if (lua_type(L, 2) == LUA_TSTRING) {
    push_methods(L, proxy->type_name);
    lua_pushvalue(L, 2);
    if (lua_rawget(L, -2) != LUA_TNIL) return 1;
    lua_settop(L, 2);
  }
  return has_operator(L, proxy, "__index") ? make_call(L, proxy, "__index", false) : 0;
}

static int throw_no_operator(lua_State *L, const mn_proxy *proxy, const char *what) {
  lua_pushfstring(L, "attempt to %s a %s value", what, proxy->type_name);
  return mn_throw_here(L);
}

static int l_newindex(lua_State *L) {
  const mn_proxy *proxy = check_proxy(L);
  if (!has_operator(L, proxy, "__newindex")) return throw_no_operator(L, proxy, "index");
  return make_call(L, proxy, "__newindex", false);
}

static int l_len(lua_State *L) {
  const mn_proxy *proxy = check_proxy(L);
  if (!has_operator(L, proxy, "__len")) return throw_no_operator(L, proxy, "get length of");
  lua_settop(L, 1);
  return make_call(L, proxy, "__len", false);
}

static int l_next(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  return lua_next(L, 1) ? 2 : 0;
}

/* The other side gives a copy. */
static int l_pairs(lua_State *L) {
  const mn_proxy *proxy = check_proxy(L);
  if (!has_operator(L, proxy, "__pairs")) return throw_no_operator(L, proxy, "iterate over");
  lua_settop(L, 1);
  (void)make_call(L, proxy, "__pairs", false);
  lua_pushcfunction(L, l_next);
  lua_insert(L, -2);
  return 2;
}

/* An error value that can't travel is told as text. */
static int l_close(lua_State *L) {
  const mn_proxy *proxy = check_proxy(L);
  mn_message message;
  lua_settop(L, 2);
  if (mn_encode(L, 2, 1, "error value", 1, &message))
    mn_message_drop(&message);
  else
    luaL_tolstring(L, 2, NULL);
  if (lua_gettop(L) > 2) lua_replace(L, 2);
  lua_settop(L, 2);
  return has_operator(L, proxy, "__close") ? make_call(L, proxy, "__close", false) : 0;
}

static int l_tostring(lua_State *L) {
  const mn_proxy *proxy = check_proxy(L);
  lua_pushfstring(L, "%s of process '%s': %p", proxy->type_name, proxy->link->name,
                  (const void *)proxy);
  return 1;
}

static const luaL_Reg metamethods[] = {
    {"__index", l_index}, {"__newindex", l_newindex}, {"__len", l_len}, {"__pairs", l_pairs},
    {"__close", l_close}, {"__tostring", l_tostring}, {NULL, NULL}};

/* ---- select ---- */

/* Throws when the case on top of the stack is an object, but none of the link's other end, which sees for
 * itself what else is wrong. Pops it. */
static void check_case(lua_State *L, const mn_link *link, int number, int other) {
  if (lua_type(L, -1) == LUA_TTABLE) {
    lua_rawgeti(L, -1, 1);
    lua_remove(L, -2);
  }
  const mn_handle *object = mn_to_handle(L, -1);
  if (object && !mn_proxy_is_of(object, link))
    luaL_error(L,
               "bad argument #1 to 'select' (case #%d is of another process than case #%d, and "
               "all must be of one)",
               other, number);
  lua_pop(L, 1);
}

/* Takes the object and the list of cases: the call itself. The other side answers with the number of the
 * case that fired, or nil, and what that gives. */
static int l_select(lua_State *L) {
  return make_call(L, check_proxy(L), "__select", false);
}

static int select_elsewhere(lua_State *L, int number) {
  const mn_proxy *proxy = (const mn_proxy *)(void *)mn_to_handle(L, -1);
  int count = (int)lua_rawlen(L, 1);
  for (int i = 1; i <= count; i++) {
    (void)lua_rawgeti(L, 1, i);
    check_case(L, proxy->link, number, i);
  }
  lua_settop(L, 2);
  lua_pushcfunction(L, l_select);
  lua_insert(L, 2);
  lua_pushvalue(L, 1);
  lua_call(L, 2, LUA_MULTRET);
  if (lua_isinteger(L, 2)) {
    lua_rawgeti(L, 1, lua_tointeger(L, 2));
    lua_replace(L, 2);
  }
  return lua_gettop(L) - 1;
}

static const mn_selectable selectable = {.type = &mn_proxy_type,
                                         .elsewhere = select_elsewhere,
                                         .stand_in = mn_far_future_stand_in,
                                         .block = mn_far_future_block,
                                         .unblock = mn_far_future_unblock};

static const mn_binding binding = {.metamethods = metamethods, .select = &selectable};

void mn_proxy_open(lua_State *L) {
  mn_type_open(L, &mn_proxy_type, &binding);
}
