/* process/deputy_lua.c -- receive, call, send.
 *
 * A function that stayed with the caller becomes a closure here, which sends the call back and serves
 * until that is answered: the caller may use objects of ours within it, in the name of this thread. */
#include "process/deputy_lua.h"

#include <string.h>

#include "base/alloc.h"
#include "core/binding.h"
#include "core/calling.h"
#include "core/codec.h"
#include "core/face.h"
#include "core/failure.h"
#include "process/direct.h"
#include "process/gone_lua.h"
#include "spawn/spawn_body.h"

/* Without a call for so long a deputy collects its garbage, which has references to objects. */
#define IDLE (MN_SECOND / 10)

struct mn_deputy {
  mn_channel *channel;
  const mn_deputy_functions *functions; /* or NULL */
  uint64_t innermost;                   /* the number of the call that runs; 0: none does */
  bool has_garbage;
};

/* One call. */
typedef struct performance {
  mn_deputy *deputy;
  mn_frame *call;
  mn_frame answer;
  mn_handle *target; /* a reference, or NULL */
  char name[64];
} performance;

/* Registry: the error value that the last callback to fail has raised. */
static const char FAILED_KEY;

static mn_status serve_until(lua_State *L, mn_deputy *deputy, mn_frame *answer);

/* ---- calling back ---- */

/* Until the callback is answered, which it always is, whoever is asked to stop meanwhile: an answer that
 * nobody waited for would be taken for that to something else. MN_INTERRUPTED: answered, and then the call
 * is to stop; *answer has no message. */
static mn_status wait_for_answer(lua_State *L, mn_deputy *deputy, mn_frame *answer) {
  mn_status status;
  bool stops = false;
  while ((status = serve_until(L, deputy, answer)) == MN_INTERRUPTED) {
    stops = true;
    mn_interrupts_drop(mn_thread_take_interrupts(mn_self(L)));
  }
  if (status != MN_OK || !stops) return status;
  mn_message_drop(&answer->message);
  return MN_INTERRUPTED;
}

/* Upvalues: the deputy, the call's number, which argument it stands for. */
static int l_call_back(lua_State *L) {
  mn_deputy *deputy = lua_touserdata(L, lua_upvalueindex(1));
  uint64_t call = (uint64_t)lua_tointeger(L, lua_upvalueindex(2));
  mn_frame frame = {.kind = MN_FRAME_CALLBACK,
                    .call = call,
                    .target = (uint64_t)lua_tointeger(L, lua_upvalueindex(3))};
  if (deputy->innermost != call)
    return luaL_error(L, "a function of another process is called after the call it was given to");
  mn_encode_or_throw(L, 1, lua_gettop(L), "argument #%d", 1, &frame.message);
  lua_settop(L, 0);
  mn_frame answer = {0};
  mn_status status = mn_channel_send(deputy->channel, &frame, NULL);
  if (status == MN_OK) status = wait_for_answer(L, deputy, &answer);
  if (status == MN_CLOSED) return mn_throw_gone(L, mn_channel_link(deputy->channel));
  if (status != MN_OK) return mn_push_status(L, status);
  int count = mn_decode_take(L, &answer.message);
  if (answer.kind == MN_FRAME_RETURN) return count;
  lua_settop(L, 1);
  lua_pushvalue(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &FAILED_KEY);
  return lua_error(L);
}

/* Puts closures in the places of the functions that stayed. The arguments begin at index `first`. */
static void replace_stayed(lua_State *L, const performance *p, int first, int count) {
  for (int i = 0; i < count && i < 64; i++) {
    if (!(p->call->stayed >> i & 1)) continue;
    lua_pushlightuserdata(L, p->deputy);
    lua_pushinteger(L, (lua_Integer)p->call->call);
    lua_pushinteger(L, i);
    lua_pushcclosure(L, l_call_back, 3);
    lua_replace(L, first + i);
  }
}

/* ---- a call ---- */

static const mn_deputy_function *find_function(const mn_deputy *deputy, const char *name) {
  for (size_t i = 0; deputy->functions && i < 2; i++) {
    const mn_deputy_function *f = deputy->functions->lists[i];
    for (; f && f->name; f++)
      if (strcmp(f->name, name) == 0) return f;
  }
  return NULL;
}

static void push_function(lua_State *L, performance *p) {
  const mn_deputy_function *function = find_function(p->deputy, p->name);
  if (!function || !function->function) luaL_error(L, "no function '%s' to call", p->name);
  lua_pushcfunction(L, function->function);
}

/* Pushes what makes the call of a method, the object, and the method's name. */
static void push_method(lua_State *L, performance *p) {
  if (!p->target) luaL_error(L, "no such object");
  mn_face_push(L, "process/operations", NULL);
  mn_push_handle(L, p->target);
  lua_pushstring(L, p->name);
}

/* Takes a performance. */
static int l_perform(lua_State *L) {
  performance *p = lua_touserdata(L, 1);
  lua_settop(L, 0);
  if (p->call->target == 0)
    push_function(L, p);
  else
    push_method(L, p);
  int before = lua_gettop(L), count = mn_decode_take(L, &p->call->message);
  replace_stayed(L, p, before + 1, count);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  if (!mn_encode(L, 1, lua_gettop(L), "result #%d", 1, &p->answer.message)) lua_error(L);
  return 0;
}

/* Takes an error value; cuts the line of our own off, and says whether it was there. */
static int l_cut_line(lua_State *L) {
  static const char place[] = "(deputy):";
  const char *text = lua_type(L, 1) == LUA_TSTRING ? lua_tostring(L, 1) : "", *after = NULL;
  if (strncmp(text, place, sizeof place - 1) == 0) after = strstr(text, ": ");
  if (after) lua_pushstring(L, after + 2);
  lua_pushboolean(L, after != NULL);
  return 2;
}

static unsigned flags_of_error(lua_State *L) {
  unsigned flags = 0;
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &FAILED_KEY) != LUA_TNIL && lua_rawequal(L, -1, -3))
    flags = MN_ANSWER_OF_CALLBACK;
  lua_pop(L, 1);
  return flags;
}

/* Replaces the error value below the report on top of the stack. */
static bool cut_line(lua_State *L) {
  lua_pushcfunction(L, l_cut_line);
  lua_pushvalue(L, -3);
  if (lua_pcall(L, 1, 2, 0) != LUA_OK) {
    lua_pop(L, 1);
    return false;
  }
  bool has = lua_toboolean(L, -1);
  lua_pop(L, 1);
  lua_replace(L, -3);
  return has;
}

/* Makes the answer of the error that mn_state_call has left. */
static void answer_error(lua_State *L, performance *p, int status, char **traceback) {
  mn_failure failure;
  if (mn_failure_is_cancellation(L)) {
    p->answer.kind = MN_FRAME_CANCELLED;
    lua_pop(L, 2);
    return;
  }
  p->answer.kind = MN_FRAME_ERROR;
  p->answer.flags = flags_of_error(L);
  if (p->call->target != 0 && cut_line(L)) p->answer.flags |= MN_ANSWER_AT_CALLER;
  mn_failure_keep(L, status, &failure);
  p->answer.message = failure.value;
  p->answer.text = *traceback = failure.traceback;
}

/* *traceback: what the answer's text is, if it is one. */
static void perform_by_lua(lua_State *L, performance *p, char **traceback) {
  lua_pushcfunction(L, l_perform);
  lua_pushlightuserdata(L, p);
  mn_thread *self = mn_self(L);
  const mn_link *link = mn_channel_link(p->deputy->channel);
  bool acts = link->crew && p->call->parameter != 0;
  mn_crew_acting acting = {.crew = link->crew};
  acting.ticket = mn_crew_ticket(link->worker, p->call->parameter);
  if (acts) mn_crew_act(self, &acting);
  int status = mn_state_call(L, 1, 0);
  if (acts) mn_crew_act_no_more(self, &acting);
  p->deputy->has_garbage = !p->deputy->functions;
  if (status != LUA_OK) answer_error(L, p, status, traceback);
}

/* NULL: it is a call of the other kind. */
static const mn_deputy_function *taking_function(const mn_deputy *deputy, const mn_frame *call) {
  const mn_deputy_function *f = call->target == 0 ? find_function(deputy, call->text) : NULL;
  return f && f->take ? f : NULL;
}

static mn_status perform(lua_State *L, mn_deputy *deputy, mn_frame *call) {
  mn_link *link = mn_channel_link(deputy->channel);
  char *traceback = NULL;
  performance p = {
      .deputy = deputy, .call = call, .answer = {.kind = MN_FRAME_RETURN, .call = call->call}};
  strncat(p.name, call->text, sizeof p.name - 1);
  if (call->target != 0) p.target = mn_link_exported(link, call->target);
  uint64_t before = mn_channel_switch_call(deputy->channel, call->call);
  uint64_t outer = deputy->innermost;
  deputy->innermost = call->call;
  if (!p.target ||
      !mn_direct_call(p.target, p.name, &call->message, &mn_self(L)->waiter, &p.answer.message))
    perform_by_lua(L, &p, &traceback);
  deputy->innermost = outer;
  (void)mn_channel_switch_call(deputy->channel, before);
  if (p.target) mn_handle_unref(p.target);
  mn_message_drop(&call->message);
  mn_status sent = mn_channel_send(deputy->channel, &p.answer, NULL);
  mn_free(traceback);
  return sent;
}

/* ---- serving ---- */

/* Makes the calls that come, until something else does: that is *answer. */
static mn_status serve_until(lua_State *L, mn_deputy *deputy, mn_frame *answer) {
  const mn_waiter *waiter = &mn_self(L)->waiter;
  for (;;) {
    mn_time deadline = deputy->has_garbage ? mn_clock() + IDLE : MN_FOREVER;
    mn_status status = mn_channel_receive(deputy->channel, waiter, deadline, answer);
    if (status == MN_TIMEOUT) {
      deputy->has_garbage = false;
      (void)lua_gc(L, LUA_GCCOLLECT);
      continue;
    }
    if (status != MN_OK || answer->kind != MN_FRAME_CALL) return status;
    const mn_deputy_function *f = taking_function(deputy, answer);
    if (f && answer->call != 0 && !mn_channel_begin_call(deputy->channel, answer->call)) {
      mn_message_drop(&answer->message);
      continue;
    }
    status = f ? f->take(L, deputy->channel, answer, deputy->functions->context)
               : perform(L, deputy, answer);
    if (status != MN_OK) return status;
  }
}

void mn_deputy_serve(lua_State *L, mn_channel *channel, const mn_deputy_functions *functions) {
  mn_deputy deputy = {.channel = channel, .functions = functions};
  mn_frame answer = {0};
  while (serve_until(L, &deputy, &answer) == MN_INTERRUPTED)
    (void)mn_channel_switch_call(channel, 0);
  mn_message_drop(&answer.message);
  mn_channel_free(channel);
}

static int l_work(lua_State *L) {
  mn_thread *self = mn_self(L);
  mn_channel *channel = self->argument;
  self->argument = NULL;
  mn_deputy_serve(L, channel, NULL);
  return 0;
}

void mn_deputy_body(mn_thread *self, mn_worker_cache *cache) {
  mn_spawn_run(self, cache, l_work);
  if (self->argument) mn_channel_free(self->argument); /* there was no memory for a state */
}
