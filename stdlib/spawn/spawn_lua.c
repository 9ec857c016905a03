/* spawn/spawn_lua.c -- spawn and threads as Lua sees them. */
#include "spawn/spawn_lua.h"

#include <string.h>

#include "base/alloc.h"
#include "core/binding.h"
#include "core/calling.h"
#include "core/codec.h"
#include "core/inside.h"
#include "core/state_data.h"
#include "mailbox/mailbox_lua.h"
#include "spawn/spawn_body.h"
#include "spawn/spawn_options.h"
#include "spawn/thread_lua.h"

static mn_thread *check_thread(lua_State *L) {
  return (mn_thread *)(void *)mn_check_handle(L, 1, &mn_thread_type);
}

/* ---- spawn ---- */

/* Pushes package[field] if it isn't what upvalue `original` holds, else nil. Upvalue 1 is package.
 */
static void push_if_changed(lua_State *L, const char *field, int original) {
  lua_getfield(L, lua_upvalueindex(1), field);
  if (lua_type(L, -1) == LUA_TSTRING && !lua_rawequal(L, -1, lua_upvalueindex(original))) return;
  lua_pop(L, 1);
  lua_pushnil(L);
}

static int l_spawn(lua_State *L) {
  mn_thread_options options = {.daemon = mn_self(L)->options.daemon};
  if (lua_type(L, 1) == LUA_TTABLE) mn_spawn_read_options(L, &options);
  luaL_checktype(L, 1, LUA_TFUNCTION);
  int count = lua_gettop(L);
  mn_ref *ref = mn_ref_new(L, &mn_thread_type);
  mn_thread *thread = mn_thread_new(mn_state_of(L)->runtime, &options);
  if (!thread) return luaL_error(L, "not enough memory");
  mn_ref_fill(L, ref, &thread->handle);
  lua_insert(L, 1);
  push_if_changed(L, "path", 2);
  lua_insert(L, 2);
  push_if_changed(L, "cpath", 3);
  lua_insert(L, 3);
  mn_encode_or_throw(L, 2, count + 2, "argument #%d", -1, &thread->work);
  mn_message_set_paths(&thread->work);
  thread->body = mn_spawn_body;
  mn_status status = mn_thread_start(thread, mn_self(L));
  if (status != MN_OK) return mn_throw_not_started(L, status);
  lua_settop(L, 1);
  return 1;
}

/* ---- methods ---- */

static int l_join(lua_State *L) {
  return mn_thread_l_join(L, check_thread(L));
}

static int l_close(lua_State *L) {
  return mn_thread_l_close(L, check_thread(L));
}

static int l_status(lua_State *L) {
  return mn_thread_l_status(L, check_thread(L));
}

static int l_cancel(lua_State *L) {
  return mn_thread_l_cancel(L, check_thread(L));
}

static int l_interrupt(lua_State *L) {
  return mn_thread_l_interrupt(L, check_thread(L));
}

static int l_name(lua_State *L) {
  return mn_thread_l_name(L, check_thread(L));
}

static int l_id(lua_State *L) {
  return mn_thread_l_id(L, check_thread(L));
}

static int l_traceback(lua_State *L) {
  return mn_thread_l_traceback(L, check_thread(L));
}

static int l_waiting(lua_State *L) {
  return mn_thread_l_waiting(L, check_thread(L));
}

static int l_tasks(lua_State *L) {
  return mn_thread_l_tasks(L, check_thread(L));
}

static int l_current(lua_State *L) {
  mn_push_handle(L, &mn_self(L)->handle);
  return 1;
}

/* Fills the empty references with the living threads; how many there are. Nothing here throws. */
static size_t fill_living(mn_runtime *runtime, mn_ref **refs, size_t room) {
  size_t count = 0;
  mn_mutex_lock(&runtime->mutex);
  for (mn_list *l = runtime->threads.next; l != &runtime->threads; l = l->next) {
    mn_thread *thread = mn_list_entry(l, mn_thread, link);
    bool is_host = thread == runtime->main && runtime->is_hosted;
    if (is_host || atomic_load(&thread->status) != MN_THREAD_RUNNING) continue;
    if (count < room) refs[count]->object = mn_handle_ref(&thread->handle);
    count++;
  }
  mn_mutex_unlock(&runtime->mutex);
  return count;
}

/* References are made ready first, since nothing may throw while the list is locked; they hold the
 * threads until each has got its userdata. */
static int l_threads(lua_State *L) {
  mn_runtime *runtime = mn_state_of(L)->runtime;
  size_t room = 16, count;
  for (;;) {
    lua_settop(L, 0);
    mn_stack_need_for(L, (int)room + 8, "too many threads");
    mn_ref **refs = lua_newuserdatauv(L, room * sizeof *refs, 0);
    for (size_t i = 0; i < room; i++) refs[i] = mn_ref_new(L, &mn_thread_type);
    count = fill_living(runtime, refs, room);
    if (count <= room) break;
    room = count + 16;
  }
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    mn_push_handle(L, ((mn_ref *)lua_touserdata(L, (int)i + 2))->object);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static const luaL_Reg methods[] = {{"join", l_join},
                                   {"status", l_status},
                                   {"cancel", l_cancel},
                                   {"interrupt", l_interrupt},
                                   {"name", l_name},
                                   {"send", mn_l_thread_send},
                                   {"id", l_id},
                                   {"traceback", l_traceback},
                                   {"waiting", l_waiting},
                                   {"tasks", l_tasks},
                                   {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__close", l_close}, {NULL, NULL}};

static mn_status select_prepare(lua_State *L, mn_handle *object, mn_wait_case *wait) {
  return mn_thread_prepare_join((mn_thread *)(void *)object, mn_waiter_of(L), wait);
}

static int select_push(lua_State *L, mn_wait_case *wait, mn_status status) {
  const mn_thread *thread = wait->argument;
  if (status != MN_OK) return mn_push_status(L, status);
  lua_pushstring(L, mn_thread_status_word(atomic_load(&thread->status)));
  return 1;
}

static const mn_selectable selectable = {
    .type = &mn_thread_type, .prepare = select_prepare, .push = select_push};

static const mn_binding binding = {
    .methods = methods, .metamethods = metamethods, .select = &selectable};

void mn_spawn_open(lua_State *L) {
  mn_type_open(L, &mn_thread_type, &binding);
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "path");
  lua_getfield(L, -2, "cpath");
  lua_pushcclosure(L, l_spawn, 3);
  lua_setfield(L, -2, "spawn");
  lua_pushcfunction(L, l_current);
  lua_setfield(L, -2, "current");
  lua_pushcfunction(L, l_threads);
  lua_setfield(L, -2, "threads");
}
