/* core/command.c -- waiting for commands, and ending them. */
#include "core/command.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdbool.h>

#include "core/binding.h"
#include "core/interrupt.h"
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

int mn_l_execute(lua_State *L) {
  const char *command = luaL_optstring(L, 1, NULL);
  if (!command) {
    lua_pushboolean(L, mn_os_has_shell());
    return 1;
  }
  mn_process process;
  mn_status_line_hide();
  if (mn_process_start(&process, command, -1, -1) != MN_OK) return luaL_fileresult(L, 0, NULL);
  return mn_command_finish(L, &process, "os.execute");
}
