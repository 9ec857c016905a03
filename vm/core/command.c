/* core/command.c -- waiting for commands, and ending them. */
#include "core/command.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdbool.h>

#include "core/calling.h"
#include "core/descriptors.h"
#include "core/interrupt.h"
#include "core/registry.h"
#include "core/status_line.h"

/* How long a command that was asked to end has for that. */
#define TERMINATE_TIME MN_SECOND

/* Waits as long as the thread may. MN_CANCELLED: no longer, and the process is still there. */
static mn_status wait_while_allowed(mn_state *state, mn_process *process, int *status) {
  mn_time latest = mn_interrupt_latest(state);
  mn_status answer = MN_CANCELLED;
  if (latest == MN_FOREVER)
    answer = mn_process_wait(process, &state->thread->waiter.cancelled, MN_FOREVER, status);
  if (answer != MN_CANCELLED) return answer;
  /* Cancelled meanwhile: not yet raised, so at once. Before: when the time for cleaning up is over. */
  answer = mn_process_wait(process, NULL, latest == MN_FOREVER ? 0 : latest, status);
  return answer == MN_TIMEOUT ? MN_CANCELLED : answer;
}

/* Ends the process and waits for that. */
static void stop(mn_process *process) {
  int status;
  mn_process_terminate(process);
  if (mn_process_wait(process, NULL, mn_clock() + TERMINATE_TIME, &status) != MN_TIMEOUT) return;
  mn_process_kill(process);
  (void)mn_process_wait(process, NULL, MN_FOREVER, &status);
}

int mn_command_finish(lua_State *L, mn_process *process, const char *verb) {
  mn_state *state = mn_state_of(L);
  mn_waiter *waiter = &state->thread->waiter;
  mn_wait_case wait_case = {.verb = verb};
  int status = 0;
  mn_waiter_record(waiter, &wait_case, 1);
  mn_status answer = wait_while_allowed(state, process, &status);
  int failure = errno;
  if (answer == MN_CANCELLED) stop(process);
  mn_waiter_record(waiter, NULL, 0);
  if (answer == MN_CANCELLED) return mn_throw_cancelled(L);
  /* Lua takes a status together with an errno for a failure of the call. */
  errno = answer == MN_OK ? 0 : failure;
  return luaL_execresult(L, answer == MN_OK ? status : -1);
}

/* ---- os.execute ---- */

/* Stands on the stack while the command runs: a task that waits for it may never come back. */
static const char RUNNING_KEY;

static int l_running_gc(lua_State *L) {
  mn_process *process = lua_touserdata(L, 1);
  if (process->pid <= 0) return 0;
  mn_process_terminate(process);
  mn_process_abandon(process);
  process->pid = 0;
  return 0;
}

static mn_process *push_running(lua_State *L) {
  mn_process *process = lua_newuserdatauv(L, sizeof *process, 0);
  *process = (mn_process){.pid = 0, .watch = -1};
  mn_registry_push_metatable(L, &RUNNING_KEY, l_running_gc);
  lua_setmetatable(L, -2);
  return process;
}

/* Without a descriptor that tells the end, how long between two looks. */
#define LOOK_AGAIN (MN_SECOND / 100)

/* Waits while tasks run: as one, or for the thread's own script. MN_OK, MN_INVALID: as mn_process_wait. */
static mn_status wait_beside_tasks(mn_waiter *self, mn_process *process, int *status) {
  mn_held_signals held;
  mn_status answer = MN_EMPTY;
  mn_os_signals_hold(&held);
  while (answer == MN_EMPTY) {
    mn_poll poll = {.descriptor = process->watch};
    mn_time until = process->watch < 0 ? mn_clock() + LOOK_AGAIN : MN_FOREVER;
    answer = mn_process_look(process, status);
    if (answer == MN_EMPTY) answer = mn_waiter_asked_to_stop(self);
    if (answer == MN_EMPTY) answer = mn_descriptors_wait(self, &poll, 1, until, MN_FOREVER, &held);
  }
  mn_os_signals_release(&held);
  return answer;
}

/* Whether tasks can run meanwhile. A thread that is cancelled only cleans up. */
static bool has_tasks(const mn_state *state) {
  return (state->task || state->thread->host.servers) && mn_interrupt_latest(state) == MN_FOREVER;
}

static int finish_beside_tasks(lua_State *L, mn_waiter *self, mn_process *process) {
  int status = 0;
  mn_status answer = wait_beside_tasks(self, process, &status);
  if (answer == MN_PARKED) return mn_push_status(L, answer);
  mn_process ended = *process;
  process->pid = 0;
  if (answer != MN_OK && answer != MN_INVALID) {
    stop(&ended);
    return mn_push_status(L, answer);
  }
  if (answer == MN_OK) errno = 0;
  return luaL_execresult(L, answer == MN_OK ? status : -1);
}

int mn_l_execute(lua_State *L) {
  const char *command = luaL_optstring(L, 1, NULL);
  if (!command) {
    lua_pushboolean(L, mn_os_has_shell());
    return 1;
  }
  mn_waiter *self = mn_waiter_to_park(L);
  if (mn_descriptors_come_back(self)) return finish_beside_tasks(L, self, lua_touserdata(L, 2));
  lua_settop(L, 1);
  mn_process *process = push_running(L), started;
  mn_status_line_hide();
  if (mn_process_start(&started, command, -1, -1) != MN_OK) return luaL_fileresult(L, 0, NULL);
  if (!has_tasks(mn_state_of(L))) return mn_command_finish(L, &started, "os.execute");
  *process = started;
  return finish_beside_tasks(L, self, process);
}
