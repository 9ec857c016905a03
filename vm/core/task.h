/* core/task.h -- what the calls that wait need to know of tasks.
 * Level core. Owner thread only.
 *
 * A task is a coroutine that its state's scheduler runs (stdlib/task). While it runs, it is the state's
 * `task`. Its calls may be left when they have to wait: mn_wait answers MN_PARKED, and mn_push_status
 * leaves the call (mn_task_park). When there is something to look at, or the time is over, the scheduler
 * resumes the coroutine, and the same C function is called once more with the same arguments, to look for
 * itself. So a call that waits has done nothing before its first wait that it could not do once more; or
 * it keeps what it has done (mn_waiter_keep).
 *
 * A task's coroutine may resume others, and these further ones. A wait in one of them is left by a yield
 * as well. Whoever has resumed it by mn_resume learns that it was no yield of the script's (MN_LEAVES),
 * and leaves his own call likewise, up to the scheduler. When the task comes back each goes on with the
 * coroutine that he had resumed. Meanwhile all of them are away (core/state_data.h): for all others, and
 * for the script, they are running.
 *
 * Where Lua can't leave a call, in a comparator of table.sort and the like, and in what is resumed there or
 * by lua_resume itself, a wait blocks the thread. */
#ifndef MN_CORE_TASK_H
#define MN_CORE_TASK_H

#include "core/message.h"
#include "core/state_data.h"

typedef struct mn_task {
  mn_waiter waiter;
  mn_parking parking;
  lua_State *L;     /* its coroutine */
  lua_State *inner; /* the one that can be left: L, or what mn_resume has resumed last from there */
  bool leaves;      /* it is being left: who has resumed one of its coroutines is to leave, too */
  bool told;        /* it was cancelled, and that was raised */
  mn_time raised_at;  /* when that was first raised in running code; 0: not yet */
  bool left;          /* the call that waits was left, and is to be made once more */
  bool resumes;       /* it is being made once more, and the deadline was not asked for yet */
  mn_message message; /* that the call which was left keeps */
} mn_task;

/* Its waiter is of that host, and has that number. */
void mn_task_init(mn_task *task, mn_wait_host *host, uint64_t id, bool (*woken)(mn_parking *));
/* Lets go of all that it has; it is away, or has ended. */
void mn_task_free(mn_task *task);

/* The task that is away comes back, and what it waited for is settled. Around each resume. */
void mn_task_come_back(mn_task *task);
void mn_task_settle(mn_task *task);

/* The waiter of a task that runs, for a wait that blocks its thread; for one of the function that runs in L,
 * which may park. */
mn_waiter *mn_task_waiter(mn_task *task);
mn_waiter *mn_task_waiter_to_park(mn_task *task, lua_State *L);

/* Whether the function that runs in L can be left. */
bool mn_task_can_leave(const mn_task *task, lua_State *L);
/* Leaves it, if it can be: `go_on` is called when the task comes back, with the stack as it is. It must be
 * the last thing that the function does. */
int mn_task_leave(lua_State *L, lua_KContext context, lua_KFunction go_on);

/* Leaves the C function that runs. It must be the last thing that it does. */
int mn_task_park(lua_State *L);
/* The same, but `go_on` is called instead, with the stack as it is. */
int mn_task_park_at(lua_State *L, lua_KContext context, lua_KFunction go_on);

/* lua_resume, from L; but a task may be left in a wait of `co`: then the answer is MN_LEAVES, no status of
 * Lua's, and the function that runs leaves, too, by mn_task_leave, with `co` for its context. */
enum { MN_LEAVES = -1 };
int mn_task_resume(lua_State *L, lua_State *co, int nargs, int *nresults);
/* When the task has come back: goes on with that coroutine, which is at `index` as it was. Throws if it is
 * not, which only the debug library can bring about. */
int mn_task_resume_again(lua_State *L, int index, lua_KContext co, int *nresults);

static inline int mn_resume(lua_State *L, lua_State *co, int nargs, int *nresults) {
  if (mn_state_of(L)->task) return mn_task_resume(L, co, nargs, nresults);
  return lua_resume(co, L, nargs, nresults);
}

/* Whether the coroutine, which is away, is a task's own. */
bool mn_is_task(lua_State *L);

/* After MN_PARKED: keeps the message until the call is made once more. */
void mn_message_keep(mn_waiter *self, const mn_message *message);
/* Takes it back. False: there is none, the call is made for the first time. */
bool mn_message_take_kept_slow(mn_waiter *self, mn_message *message);

static inline bool mn_message_take_kept(mn_waiter *self, mn_message *message) {
  return self->may_park && mn_message_take_kept_slow(self, message);
}

/* The function that runs is called once more: takes the deadline that it had. False: it is not, or had
 * none. */
bool mn_task_take_deadline(lua_State *L, mn_time *deadline);

#endif
