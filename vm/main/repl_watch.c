/* main/repl_watch.c -- looking at what has failed, and at what runs. */
#include "main/repl_watch.h"

#include "core/binding.h"
#include "core/threads.h"
#include "process/process_object.h"
#include "task/task_lua.h"

void mn_repl_watch(mn_state *state) {
  mn_threads_watch(state->runtime);
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

/* The number of the task that was cancelled last while it ran, as ':kill' does; nil: none was. */
static int l_stopped_task(lua_State *L) {
  uint64_t number = mn_state_of(L)->stopped_task;
  if (number == 0) return 0;
  lua_pushinteger(L, (lua_Integer)(number & ~MN_TASK_ID));
  return 1;
}

/* ---- looking ---- */

/* How long a thread may take to say where it is. */
#define ANSWER_TIME (MN_SECOND / 50)

static void nudge(void *thread) {
  mn_thread_nudge(thread);
}

/* Takes a thread: the line that runs there, or nil: it is not in Lua, or is the caller's. A system call that it is
 * in is broken off. */
static int l_line_of_thread(lua_State *L) {
  mn_thread *thread = (mn_thread *)(void *)mn_check_handle(L, 1, &mn_thread_type);
  mn_site where = {{0}};
  mn_pace *pace = &thread->host.pace;
  bool is_told =
      thread != mn_self(L) && mn_pace_ask(pace, nudge, thread, mn_clock() + ANSWER_TIME, &where);
  lua_pushstring(L, is_told ? where.text : NULL);
  return 1;
}

static size_t memory_of(lua_State *L, mn_thread *thread) {
  const mn_state *own = mn_state_of(L);
  if (thread == own->thread) return mn_arena_used(own->arena);
  return MN_PACE_GET(&thread->host.pace, memory);
}

/* Takes a thread: how long a processor has worked for it, in seconds, or nil; bytes of its state when it slept or was
 * asked last, or nil. */
static int l_look_at_thread(lua_State *L) {
  mn_thread *thread = (mn_thread *)(void *)mn_check_handle(L, 1, &mn_thread_type);
  size_t memory = memory_of(L, thread);
  mn_time time;
  if (mn_thread_time(thread, &time))
    lua_pushnumber(L, (lua_Number)time / (lua_Number)MN_SECOND);
  else
    lua_pushnil(L);
  if (memory > 0)
    lua_pushinteger(L, (lua_Integer)memory);
  else
    lua_pushnil(L);
  return 2;
}

const luaL_Reg mn_repl_watch_functions[] = {
    {"look_at_thread", l_look_at_thread},
    {"line_of_thread", l_line_of_thread},
    {"stopped_task", l_stopped_task},
    {"next_failed_thread", l_next_failed_thread},
    {"next_failed_task", mn_tasks_l_next_failed},
    {NULL, NULL},
};
