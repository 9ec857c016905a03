/* spawn/thread_lua.c -- what comes of a thread, and asking it to stop. */
#include "spawn/thread_lua.h"

#include "core/binding.h"
#include "core/calling.h"
#include "core/codec.h"
#include "core/interrupt.h"
#include "core/traceback.h"

/* Where all are cancelled together, some hear of it through the others first. */
static void throw_if_cancelled(lua_State *L) {
  const mn_state *state = mn_state_of(L);
  const mn_waiter *self = &state->thread->waiter;
  if (state->raised_at == 0 && self->shield == 0 && atomic_load(&self->cancelled))
    mn_throw_cancelled(L);
}

int mn_throw_not_started(lua_State *L, mn_status status) {
  if (status == MN_CLOSED) throw_if_cancelled(L);
  switch (status) {
    case MN_CLOSED: return luaL_error(L, "no thread can be started any more: the script is ending");
    case MN_TOO_MANY: return luaL_error(L, "the system has no more threads");
    case MN_NOT_PERMITTED: return luaL_error(L, "nice or affinity is not permitted");
    case MN_INVALID: return luaL_error(L, "nice or affinity is not possible on this machine");
    default: return luaL_error(L, "%s", mn_status_word(status));
  }
}

/* ---- joining ---- */

static int throw_error(lua_State *L, mn_thread *thread) {
  atomic_store(&thread->collected, true);
  lua_settop(L, 1); /* the userdata keeps the thread alive meanwhile */
  if (thread->result.values == 0)
    lua_pushliteral(L, "not enough memory");
  else
    (void)mn_decode(L, &thread->result);
  char origin[MN_THREAD_ORIGIN];
  mn_thread_origin(thread, origin);
  mn_traceback_remember(L, thread->traceback, origin);
  return lua_error(L);
}

static int throw_was_cancelled(lua_State *L, mn_thread *thread) {
  throw_if_cancelled(L);
  /* Nobody writes the reason any more. */
  lua_pushfstring(L, "thread '%s' was cancelled%s%s", thread->options.name,
                  *thread->reason ? ": " : "", thread->reason);
  return lua_error(L);
}

int mn_thread_l_join(lua_State *L, mn_thread *thread) {
  mn_time deadline = mn_check_deadline(L, 2);
  mn_status status = mn_thread_join(thread, mn_waiter_to_park(L), deadline);
  if (status == MN_DEADLOCK)
    return luaL_error(L, thread == mn_self(L) ? "a thread cannot join itself"
                                              : "the main thread cannot be joined");
  if (status != MN_OK) return mn_push_status(L, status);
  switch (thread->outcome) {
    case MN_THREAD_FAILED: return throw_error(L, thread);
    case MN_THREAD_CANCELLED: return throw_was_cancelled(L, thread);
    default: return mn_decode(L, &thread->result);
  }
}

/* Cancels it and waits, whatever happens to the caller meanwhile. */
static mn_status stop(mn_thread *thread, mn_waiter *self) {
  (void)mn_thread_cancel(thread, NULL);
  self->shield++;
  mn_status status = mn_thread_join(thread, self, MN_FOREVER);
  self->shield--;
  return status;
}

/* The end of the block that owns the thread; argument 2 is the error that ends it, or nil. */
int mn_thread_l_close(lua_State *L, mn_thread *thread) {
  mn_waiter *self = mn_waiter_to_park(L);
  if (thread == mn_self(L) || thread == thread->runtime->main) return 0;
  if (!lua_isnoneornil(L, 2))
    return stop(thread, self) == MN_PARKED ? mn_push_status(L, MN_PARKED) : 0;
  mn_status status = mn_thread_join(thread, self, MN_FOREVER);
  if (mn_status_is_stop(status)) { /* the caller is cancelled or interrupted */
    self->may_park = false;
    (void)stop(thread, self);
  }
  if (status != MN_OK) return mn_push_status(L, status);
  return thread->outcome == MN_THREAD_FAILED ? throw_error(L, thread) : 0;
}

/* ---- the rest ---- */

int mn_thread_l_status(lua_State *L, mn_thread *thread) {
  lua_pushstring(L, mn_thread_status_word(atomic_load(&thread->status)));
  return 1;
}

int mn_thread_l_cancel(lua_State *L, mn_thread *thread) {
  lua_pushboolean(L, mn_thread_cancel(thread, luaL_optstring(L, 2, NULL)));
  return 1;
}

int mn_thread_l_interrupt(lua_State *L, mn_thread *thread) {
  mn_message value = {0};
  if (!lua_isnoneornil(L, 2)) mn_encode_or_throw(L, 2, 1, "value", 0, &value);
  mn_status status = mn_thread_interrupt(thread, &value);
  if (status != MN_OK) mn_message_drop(&value);
  if (status == MN_NOMEM) return luaL_error(L, "%s", mn_status_word(status));
  lua_pushboolean(L, status == MN_OK);
  return 1;
}

int mn_thread_l_name(lua_State *L, mn_thread *thread) {
  lua_pushstring(L, thread->options.name);
  return 1;
}

int mn_thread_l_id(lua_State *L, mn_thread *thread) {
  lua_pushinteger(L, (lua_Integer)thread->waiter.id);
  return 1;
}

int mn_thread_l_traceback(lua_State *L, mn_thread *thread) {
  bool failed = atomic_load(&thread->status) == MN_THREAD_FAILED;
  lua_pushstring(L, failed ? thread->traceback : NULL);
  return 1;
}

int mn_thread_l_waiting(lua_State *L, mn_thread *thread) {
  char text[256];
  mn_waiter_describe(&thread->waiter, text, sizeof text);
  lua_pushstring(L, *text ? text : NULL);
  return 1;
}

/* ---- its tasks ---- */

/* A turn that has gone on for so long is worth being asked where it is, and an answer so long a wait. */
#define LONG_TURN   (MN_SECOND / 100)
#define ANSWER_TIME (MN_SECOND / 20)

static void nudge(void *thread) {
  mn_thread_nudge(thread);
}

static bool find_line(lua_State *L, mn_thread *thread, const mn_pace_view *view, mn_site *where) {
  where->text[0] = '\0';
  if (thread == mn_self(L)) {
    mn_site_of(L, 1, where);
    return *where->text != '\0';
  }
  return view->running >= LONG_TURN &&
         mn_pace_ask(&thread->host.pace, nudge, thread, mn_clock() + ANSWER_TIME, where);
}

static void set_seconds(lua_State *L, const char *name, mn_time time) {
  if (time < 0) return;
  lua_pushnumber(L, (lua_Number)time / (lua_Number)MN_SECOND);
  lua_setfield(L, -2, name);
}

int mn_thread_l_tasks(lua_State *L, mn_thread *thread) {
  mn_pace_view view;
  mn_site where;
  if (!mn_pace_look(&thread->host.pace, &view)) {
    lua_pushnil(L);
    return 1;
  }
  bool found = view.running >= 0 && find_line(L, thread, &view, &where);
  lua_createtable(L, 0, 5);
  lua_pushinteger(L, view.count);
  lua_setfield(L, -2, "count");
  lua_pushinteger(L, view.ready);
  lua_setfield(L, -2, "ready");
  set_seconds(L, "waited", view.oldest);
  set_seconds(L, "running", view.running);
  if (found) {
    lua_pushstring(L, where.text);
    lua_setfield(L, -2, "at");
  }
  return 1;
}
