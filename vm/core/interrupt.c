/* core/interrupt.c -- a signal sets a hook, the hook raises.
 *
 * lua_sethook may be called from a signal handler of the thread that runs the state (Lua's own
 * command does), but not from another thread. So who cancels or interrupts sends a signal, and its
 * handler sets a hook on the coroutine that runs. To know which one that is, lua_resume and
 * lua_closethread are wrapped: Lua's own files are built with these two renamed (core/lua_config.h).
 *
 * `cancelled` is raised once at the first instruction that the hook sees. After that the script
 * has GRACE to clean up, since a pcall may have caught it; then it is raised at every instruction,
 * so that no pcall in a loop outlives it.
 *
 * Built-in Lua is spared, as C is: it would be left half done, a child started that nobody knows yet.
 * What it waits for ends, and what it calls is raised in; one that takes longer than GRACE is raised in, too.
 *
 * The same wrappers keep coroutines that are away for their tasks.
 *
 * The same hook answers who asks where the thread is (core/pace.h).
 *
 * A task can be cancelled so, too, while it runs and never waits: then the hook of all others finds nothing to
 * raise.
 *
 * An interrupt is raised once. The hook stays until the next instruction shows that nothing else is to
 * be raised; then the script gets back the hook that it had. A cancelled thread is not interrupted. */
#include "core/interrupt.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "core/codec.h"
#include "core/face.h"
#include "core/host_hook.h"
#include "core/inside.h"
#include "core/task.h"

#define GRACE MN_SECOND

/* Instructions between two looks at the clock during the grace. */
enum { LOOK_EVERY = 1000 };

/* What the signal handler finds: the states that the calling OS thread runs, the last that it has entered
 * first. There is one, but where a host has opened several. */
static _Thread_local mn_state *volatile current;

/* For Lua's string library (core/lua_strings.h). */
_Thread_local volatile sig_atomic_t mn_call_is_to_stop;
int mn_call_stop(void);

/* Who is not cancelled himself has his waits broken off. */
static int throw_word(lua_State *L, const mn_waiter *self) {
  const char *word = mn_status_word(MN_CANCELLED);
  if (!atomic_load(&self->cancelled) && self->broken > 0)
    lua_pushfstring(L, "%s: %s", word, self->why);
  else
    lua_pushstring(L, word);
  return lua_error(L);
}

static int throw_again(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  return throw_word(L, &mn_state_of(L)->task->waiter);
}

/* A task that catches it and waits on gets it again and again: others run in between. */
static int throw_task_cancelled(lua_State *L, mn_task *task) {
  bool again = task->told;
  task->told = true;
  if (again && mn_task_can_leave(task, L)) return mn_task_leave(L, 0, throw_again);
  return throw_again(L, LUA_OK, 0);
}

int mn_throw_cancelled(lua_State *L) {
  mn_state *state = mn_state_of(L);
  if (!atomic_load(&state->thread->waiter.cancelled)) {
    if (state->task) return throw_task_cancelled(L, state->task);
    if (state->thread->waiter.broken > 0) return throw_word(L, &state->thread->waiter);
  }
  mn_thread *thread = state->thread;
  if (state->raised_at == 0) {
    state->raised_at = mn_clock();
    state->raised_family = thread->waiter.family;
  }
  char reason[sizeof thread->reason];
  mn_mutex_lock(&thread->mutex);
  memcpy(reason, thread->reason, sizeof reason);
  mn_mutex_unlock(&thread->mutex);
  const char *word = mn_status_word(MN_CANCELLED);
  if (*reason)
    lua_pushfstring(L, "%s: %s", word, reason);
  else
    lua_pushstring(L, word);
  return lua_error(L);
}

int mn_throw_interrupted(lua_State *L, int level) {
  mn_message value = {0};
  if (mn_host_hook_take_error(L)) return lua_error(L);
  (void)mn_thread_take_interrupt(mn_state_of(L)->thread, &value);
  if (value.values > 0) {
    (void)mn_decode_take(L, &value);
  } else {
    luaL_where(L, level);
    lua_pushstring(L, mn_status_word(MN_INTERRUPTED));
    lua_concat(L, 2);
  }
  return lua_error(L);
}

static bool is_cancelled(const mn_state *state) {
  return atomic_load(&state->thread->waiter.cancelled);
}

static bool is_interrupted(const mn_state *state) {
  const mn_thread *thread = state->thread;
  return atomic_load(&thread->waiter.interrupted) && !thread->interrupt_waits_only;
}

/* Whether the task that runs is to be cancelled in its code. */
static bool is_task_stopped(const mn_state *state) {
  const mn_task *task = state->task;
  if (!task) return false;
  return atomic_load(&state->thread->stopped_task) == task->waiter.id ||
         (state->stopped_family != 0 && state->stopped_family == task->waiter.family);
}

/* Whether something is to be raised in running code. */
static bool is_asked(const mn_state *state) {
  return is_cancelled(state) || is_interrupted(state) || is_task_stopped(state);
}

/* When that was raised first that is being raised. */
static mn_time first_raise(const mn_state *state) {
  return is_cancelled(state) ? state->raised_at : state->task->raised_at;
}

/* Throws it in running code: the thread is cancelled, or its task is. */
static int raise_cancelled(lua_State *L) {
  mn_state *state = mn_state_of(L);
  mn_task *task = state->task;
  if (is_cancelled(state)) return mn_throw_cancelled(L);
  if (task->raised_at == 0) task->raised_at = mn_clock();
  task->told = true;
  return throw_word(L, &task->waiter);
}

static void disarm(lua_State *L) {
  mn_state *state = mn_state_of(L);
  lua_sethook(L, state->own_hook, state->own_mask, state->own_count);
}

/* Says what line runs, which others want to know. */
static void tell_where(lua_State *L, lua_Debug *ar, mn_pace *pace) {
  mn_site where = {{0}};
  MN_PACE_SET(pace, memory, mn_state_used(mn_state_of(L)));
  if (lua_getinfo(L, "Sl", ar))
    (void)snprintf(where.text, sizeof where.text, "%s:%d", ar->short_src, ar->currentline);
  mn_pace_answer(pace, &where);
}

/* Whether built-in Lua runs, and has not taken too long since the first look at it. */
static bool is_spared(lua_State *L, lua_Debug *ar) {
  mn_state *state = mn_state_of(L);
  if (!lua_getinfo(L, "S", ar) || !mn_face_is_source(ar->source)) {
    state->spared_since = 0;
    return false;
  }
  mn_time now = mn_clock();
  if (state->spared_since == 0) state->spared_since = now;
  return now - state->spared_since < GRACE;
}

static void hook(lua_State *L, lua_Debug *ar) {
  mn_state *state = mn_state_of(L);
  mn_pace *pace = &state->thread->host.pace;
  if (mn_pace_is_asked(pace)) tell_where(L, ar, pace);
  if (!is_asked(state)) {
    state->interrupted = 0;
    state->spared_since = 0;
    disarm(L);
    /* What was asked between the first look and here has lost its hook. */
    if (is_asked(state) || mn_pace_is_asked(pace)) {
      state->interrupted = 1;
      lua_sethook(L, hook, LUA_MASKCOUNT, 1);
    }
    return;
  }
  /* What `local x <close> = spawn(f)` has just made is closed after the next instruction only. */
  if (mn_is_before_close(L, ar) || is_spared(L, ar)) return;
  if (!is_cancelled(state) && is_interrupted(state)) mn_throw_interrupted(L, 0);
  mn_time raised_at = first_raise(state);
  if (raised_at == 0) {
    lua_sethook(L, hook, LUA_MASKCOUNT, LOOK_EVERY);
    mn_hook_allow(L);
    raise_cancelled(L);
  } else if (mn_clock() - raised_at >= GRACE) {
    lua_sethook(L, hook, LUA_MASKCOUNT, 1);
    mn_hook_allow(L);
    raise_cancelled(L);
  } else if (lua_gethookcount(L) != LOOK_EVERY) {
    lua_sethook(L, hook, LUA_MASKCOUNT, LOOK_EVERY);
  }
}

/* Async-signal-safe, as long as L is the calling thread's. */
static void arm(mn_state *state, lua_State *L) {
  lua_Hook before = lua_gethook(L);
  if (before && before != hook) {
    state->own_hook = before;
    state->own_mask = lua_gethookmask(L);
    state->own_count = lua_gethookcount(L);
  }
  lua_sethook(L, hook, LUA_MASKCOUNT, 1);
}

/* Has the waits of a task end, too, in whose code that is raised. One that blocks the thread sleeps as that does. */
static void cancel_stopped(mn_state *state) {
  if (!is_task_stopped(state)) return;
  state->stopped_task = state->task->waiter.id;
  atomic_store(&state->task->waiter.cancelled, true);
  mn_waiter_wake(&state->thread->waiter);
}

static void on_signal(void) {
  for (mn_state *state = current; state; state = state->beside) {
    if (!is_asked(state) && !mn_pace_is_asked(&state->thread->host.pace)) continue;
    state->interrupted = 1;
    cancel_stopped(state);
    if (state->runtime->stops_calls) mn_call_is_to_stop = 1;
    if (state->running) arm(state, state->running);
  }
}

/* As the hook does, but for a thread that cleans up. */
int mn_call_stop(void) {
  mn_state *state = current;
  mn_call_is_to_stop = 0;
  if (!state || !state->running || !is_asked(state)) return 0;
  if (!is_cancelled(state) && is_interrupted(state)) return mn_throw_interrupted(state->running, 1);
  mn_time raised_at = first_raise(state);
  bool cleans_up = raised_at != 0 && mn_clock() - raised_at < GRACE;
  return cleans_up ? 0 : raise_cancelled(state->running);
}

void mn_interrupt_stop_calls(mn_runtime *runtime) {
  runtime->stops_calls = true;
}

mn_status mn_interrupt_install(void) {
  return mn_os_interrupt_install(on_signal);
}

void mn_interrupt_remove(void) {
  mn_os_interrupt_remove();
}

void mn_interrupt_enter(mn_state *state) {
  state->running = state->main;
  state->raising_hook = hook;
  mn_call_is_to_stop = 0;
  state->beside = current;
  current = state;
  /* Who asked before `current` was set found no state to tell. */
  if (is_asked(state)) {
    state->interrupted = 1;
    arm(state, state->main);
  }
}

void mn_interrupt_leave(mn_state *state) {
  /* Main has things to write yet; other threads end now. */
  if (state->thread == state->runtime->main) mn_thread_stop_interrupts(state->thread);
  if (current == state) {
    current = state->beside;
  } else {
    mn_state *before = current;
    while (before && before->beside != state) before = before->beside;
    if (before) before->beside = state->beside; /* else it has left before */
  }
  state->running = NULL;
}

mn_state *mn_interrupt_turn_to(mn_state *state) {
  mn_state *before = current;
  if (state) state->beside = NULL; /* who was beside it when it was opened may be gone */
  current = state;
  if (state && is_asked(state)) {
    state->interrupted = 1;
    if (state->running) arm(state, state->running);
  }
  return before;
}

mn_state *mn_interrupt_current(void) {
  return current;
}

void mn_interrupt_begin_turn(mn_state *state) {
  if (!is_task_stopped(state)) return;
  cancel_stopped(state);
  state->interrupted = 1;
}

mn_time mn_interrupt_latest(const mn_state *state) {
  if (!atomic_load(&state->thread->waiter.cancelled)) return MN_FOREVER;
  return state->raised_at == 0 ? 0 : state->raised_at + GRACE;
}

void mn_interrupt_reset(mn_state *state) {
  mn_thread_stop_interrupts(state->thread);
  atomic_store(&state->thread->waiter.cancelled, false);
  state->interrupted = 0;
  mn_call_is_to_stop = 0;
  state->raised_at = 0;
  if (state->running) disarm(state->running);
}

void mn_interrupt_forget_hook(mn_state *state) {
  state->own_hook = NULL;
  state->own_mask = state->own_count = 0;
}

/* ---- which coroutine runs ---- */

/* Lua's own, as the build renames them. */
int mn_lua_resume_untracked(lua_State *L, lua_State *from, int nargs, int *nresults);
int mn_lua_closethread_untracked(lua_State *L, lua_State *from);
int mn_lua_resetthread_untracked(lua_State *L);
#ifndef MN_MODULE
lua_State *mn_lua_newstate_unmarked(lua_Alloc f, void *ud);
#endif

lua_State *mn_interrupt_switch(mn_state *state, lua_State *L) {
  lua_State *before = state->running;
  state->running = L;
  /* The same thread's signal handler sets `interrupted` before it looks at `running`. */
  atomic_signal_fence(memory_order_seq_cst);
  if (state->interrupted && L) arm(state, L);
  return before;
}

/* The error is on the coroutine's stack, from where its caller takes it. */
static int refuse_resume(lua_State *L, int nargs) {
  lua_pop(L, nargs);
  lua_pushstring(L,
                 mn_is_task(L) ? "cannot resume a task" : "cannot resume non-suspended coroutine");
  return LUA_ERRRUN;
}

static int refuse_close(lua_State *L) {
  lua_pushstring(L, mn_is_task(L) ? "cannot close a task" : "cannot close a normal coroutine");
  return LUA_ERRRUN;
}

/* Each counts as a step when it begins (core/instructions.c). */
static void count_coroutine(mn_state *state, lua_State *L) {
  if (state->steps_left > 0 && lua_status(L) == LUA_OK) state->steps_left--;
}

int lua_resume(lua_State *L, lua_State *from, int nargs, int *nresults) {
  if (mn_is_away(L)) return refuse_resume(L, nargs);
  mn_state *state = mn_state_of(L); /* NULL: a state that is not ours */
  lua_State *before = state ? mn_interrupt_switch(state, L) : NULL;
  if (state && state->has_step_limit) count_coroutine(state, L);
  int status = mn_lua_resume_untracked(L, from, nargs, nresults);
  if (state) (void)mn_interrupt_switch(state, before);
  return status;
}

#if defined(MOONS_SYSTEM_LUA) && !defined(MN_MODULE)

/* A state that is not moons' own has no mn_state, which the source's build sees to
 * (core/lua_config.h). */
lua_State *lua_newstate(lua_Alloc f, void *ud) {
  lua_State *L = mn_lua_newstate_unmarked(f, ud);
  if (L) *(mn_state **)lua_getextraspace(L) = NULL;
  return L;
}

#endif

#ifdef MOONS_SYSTEM_LUA

/* What lua_closethread is called up to 5.4.5, and remains by its side. */
int lua_resetthread(lua_State *L) {
  if (mn_is_away(L)) return refuse_close(L);
  mn_state *state = mn_state_of(L);
  lua_State *before = state ? mn_interrupt_switch(state, L) : NULL;
  int status = mn_lua_resetthread_untracked(L);
  if (state) (void)mn_interrupt_switch(state, before);
  return status;
}

#endif

#if !defined(MOONS_SYSTEM_LUA) || defined(MN_MODULE) || LUA_VERSION_RELEASE_NUM >= 50406

int lua_closethread(lua_State *L, lua_State *from) {
  if (mn_is_away(L)) return refuse_close(L);
  mn_state *state = mn_state_of(L);
  lua_State *before = state ? mn_interrupt_switch(state, L) : NULL;
  int status = mn_lua_closethread_untracked(L, from);
  if (state) (void)mn_interrupt_switch(state, before);
  return status;
}

#endif
