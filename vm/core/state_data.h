/* core/state_data.h -- what moons knows of a Lua state.
 * Level core. Owner thread only. core/state.h has what is done with it. */
#ifndef MN_CORE_STATE_DATA_H
#define MN_CORE_STATE_DATA_H

#include <lua.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/pointer_map.h"
#include "core/host.h"
#include "core/thread.h"

typedef struct mn_state {
  mn_runtime *runtime;
  mn_thread *thread;    /* that runs it */
  lua_State *main;      /* the main coroutine */
  struct mn_task *task; /* that runs now (core/task.h); NULL: the thread's own script */
  lua_CFunction
      task_body;   /* with which each task's coroutine begins; NULL: there were no tasks yet */
  mn_arena *arena; /* its heap; NULL: that is the host's, whose state it is (mn_state_attach) */
  void *block;     /* the first chunk of that */
  struct mn_codec *codec;
  mn_made_at *made_at; /* of the last object that was made here, a reference, or NULL */
  bool is_model;       /* made to be copied, or a copy of such a one */
  uintptr_t
      c_stack; /* where its OS thread's C stack was when it was opened, and how much of it C */
  size_t c_stack_most; /* code that recurses may take from there (core/inside.c) */
  size_t pressed; /* bytes outside of its heap since the last collection for their sake: mn_press */

  /* For the interrupt (core/interrupt.c): the coroutine that runs now, read in a signal handler of
   * the same thread. */
  lua_State *volatile running;
  struct mn_state *beside; /* the next of those that signals to the same OS thread are for */
  volatile sig_atomic_t interrupted; /* something is to be raised and its code must hear of it */
  mn_time raised_at;                 /* when `cancelled` was first raised; 0: not yet */
  uint32_t raised_family;            /* whose code ran when that was raised last (core/waiter.h) */
  uint32_t stopped_family;           /* its tasks are to be cancelled in their code; 0: none are */
  uint64_t stopped_task;             /* the last that was cancelled while it ran, by number */
  mn_time spared_since;              /* built-in Lua has been running since; 0: it is not */
  lua_Hook raising_hook;             /* ours */
  lua_Hook volatile own_hook;        /* the script's, which ours has taken the place of; or NULL */
  volatile int own_mask, own_count;  /* of it */

  /* Of the call that runs (core/instructions.c). */
  int64_t steps_left;  /* of instructions, by the hundred; 0: too many were taken */
  bool is_over_limit;  /* that was raised */
  bool has_step_limit; /* immutable once it is open */

  /* For the quick end (core/state.c): where the last finalizer jumps to. */
  bool closing;
  bool exiting; /* os.exit closes it */
  jmp_buf closed;

  /* Of a host's state: `end` is called when that is being closed, before the first of our objects there is
   * let go of, and maybe once more. The rest is of core/host_hook.c. */
  void (*end)(void *guest);
  void *guest;
  mn_server host_server;
  lua_Hook host_hook; /* the host's that was called last, and is still there */
  bool host_error;    /* it has raised an error, which is to be raised in the wait */
#ifdef MN_MODULE
  mn_pointer_map away; /* its coroutines that are (mn_is_away): 1; that were: 0 */
  uint32_t away_count;
#endif
} mn_state;

/* Whether it is a host's, and was opened by that. */
static inline bool mn_state_is_attached(const mn_state *state) {
  return !state->arena;
}

/* Bytes of its heap. Not while it is a host's that is being closed. */
static inline size_t mn_state_used(const mn_state *state) {
  if (state->arena) return mn_arena_used(state->arena);
  return (size_t)lua_gc(state->main, LUA_GCCOUNT) * 1024;
}

/* How many it may have, 0: any; and whether it came to that. A host's heap is the host's to limit. */
static inline void mn_state_set_limit(const mn_state *state, size_t limit) {
  if (state->arena) mn_arena_set_limit(state->arena, limit);
}

/* For a while the runtime's limit of memory is no obstacle to it, within reason. */
static inline void mn_state_set_lenient(const mn_state *state, bool lenient) {
  if (state->arena) mn_arena_set_lenient(state->arena, lenient);
}

static inline bool mn_state_hit_limit(const mn_state *state) {
  return state->arena && mn_arena_hit_limit(state->arena);
}

/* A coroutine is away while its task waits in it, or in one that it has resumed: only the task goes on with
 * it. */

#ifdef MN_MODULE

/* The state that L belongs to: every coroutine of it answers the same. Throws where a host's state has been
 * detached: it is being closed (core/state_of.c). */
mn_state *mn_state_of(lua_State *L);
/* From here on it answers `state`, NULL: nothing. May throw, but for NULL. */
void mn_state_set(lua_State *L, mn_state *state);

static inline mn_state *mn_state_of_any(lua_State *L) {
  return mn_state_of(L);
}

/* The state's memory is about to go. */
void mn_state_forget(mn_state *state);

bool mn_is_away(lua_State *L);
void mn_set_away(lua_State *L, bool away);

#else

/* The state that L belongs to: every coroutine of it answers the same. */
static inline mn_state *mn_state_of(lua_State *L) {
  return *(mn_state **)lua_getextraspace(L);
}

static inline void mn_state_set(lua_State *L, mn_state *state) {
  *(mn_state **)lua_getextraspace(L) = state;
}

/* The lowest bit of the way to the state says that it is away: mn_state_of is for those that are not,
 * mn_state_of_any for all. */
#define MN_AWAY ((uintptr_t)1)

static inline void mn_state_forget(mn_state *state) {
  (void)state;
}

static inline mn_state *mn_state_of_any(lua_State *L) {
  return (mn_state *)((uintptr_t)mn_state_of(L) & ~MN_AWAY);
}

static inline bool mn_is_away(lua_State *L) {
  return ((uintptr_t)mn_state_of(L) & MN_AWAY) != 0;
}

static inline void mn_set_away(lua_State *L, bool away) {
  mn_state_set(L, (mn_state *)((uintptr_t)mn_state_of_any(L) | (away ? MN_AWAY : 0)));
}

#endif

/* What the registry keeps is being finalized, so the state is being closed: for a host's that comes first. */
static inline void mn_state_look_for_end(lua_State *L) {
  const mn_state *state = mn_state_of(L);
  if (state->end) state->end(state->guest);
}

#endif
