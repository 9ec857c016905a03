/* main/repl_watch.c -- looking at what has failed, and at what runs. */
#include "main/repl_watch.h"

#include "core/binding.h"
#include "core/threads.h"
#include "process/process_object.h"
#include "task/task_lua.h"

void mn_repl_watch(mn_state *state) {
  mn_threads_keep_failed(state->runtime);
  mn_tasks_keep_failed(state->main);
}

bool mn_repl_watch_is_due(mn_state *state) {
  return mn_tasks_have_failed(state->main) || mn_threads_have_untold(state->runtime);
}

/* Takes a failed thread: its number, what it is, its name, message and traceback. Nothing: there is none. */
static int l_next_failed_thread(lua_State *L) {
  mn_ref *ref = mn_ref_new(L, &mn_thread_type);
  mn_thread *thread = mn_threads_take_untold(mn_state_of(L)->runtime);
  if (!thread) return 0;
  ref->object = &thread->handle; /* until it is collected */
  char origin[MN_THREAD_ORIGIN];
  mn_thread_origin(thread, origin);
  lua_pushinteger(L, (lua_Integer)thread->waiter.id);
  lua_pushstring(L, mn_process_drives(thread) ? "process" : "thread");
  lua_pushstring(L, thread->options.name);
  lua_pushfstring(L, "%s\n\t%s", thread->traceback ? thread->traceback : "not enough memory",
                  origin);
  return 4;
}

const luaL_Reg mn_repl_watch_functions[] = {
    {"next_failed_thread", l_next_failed_thread},
    {"next_failed_task", mn_tasks_l_next_failed},
    {NULL, NULL},
};
