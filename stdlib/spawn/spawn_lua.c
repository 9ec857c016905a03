/* spawn/spawn_lua.c -- spawn and threads as Lua sees them. */
#include "spawn/spawn_lua.h"

#include <string.h>

#include "base/alloc.h"
#include "core/binding.h"
#include "core/codec.h"
#include "core/inside.h"
#include "core/interrupt.h"
#include "core/state_data.h"
#include "core/traceback.h"
#include "mailbox/mailbox_lua.h"
#include "spawn/spawn_body.h"
#include "spawn/spawn_options.h"

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

/* Where all are cancelled together, some hear of it through the others first. */
static void throw_if_cancelled(lua_State *L) {
  const mn_state *state = mn_state_of(L);
  const mn_waiter *self = &state->thread->waiter;
  if (state->raised_at == 0 && self->shield == 0 && atomic_load(&self->cancelled))
    mn_throw_cancelled(L);
}

static int throw_not_started(lua_State *L, mn_status status) {
  if (status == MN_CLOSED) throw_if_cancelled(L);
  switch (status) {
    case MN_CLOSED: return luaL_error(L, "no thread can be started any more: the script is ending");
    case MN_TOO_MANY: return luaL_error(L, "the system has no more threads");
    case MN_NOT_PERMITTED: return luaL_error(L, "nice or affinity is not permitted");
    case MN_INVALID: return luaL_error(L, "nice or affinity is not possible on this machine");
    default: return luaL_error(L, "%s", mn_status_word(status));
  }
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
  thread->body = mn_spawn_body;
  mn_status status = mn_thread_start(thread, mn_self(L));
  if (status != MN_OK) return throw_not_started(L, status);
  lua_settop(L, 1);
  return 1;
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

static int l_join(lua_State *L) {
  mn_thread *thread = check_thread(L), *self = mn_self(L);
  mn_status status = mn_thread_join(thread, self, mn_check_deadline(L, 2));
  if (status == MN_DEADLOCK)
    return luaL_error(L, thread == self ? "a thread cannot join itself"
                                        : "the main thread cannot be joined");
  if (status != MN_OK) return mn_push_status(L, status);
  switch (thread->outcome) {
    case MN_THREAD_FAILED: return throw_error(L, thread);
    case MN_THREAD_CANCELLED: return throw_was_cancelled(L, thread);
    default: return mn_decode(L, &thread->result);
  }
}

/* Cancels it and waits, whatever happens to the caller meanwhile. */
static void stop(mn_thread *thread, mn_thread *self) {
  (void)mn_thread_cancel(thread, NULL);
  self->waiter.shield++;
  (void)mn_thread_join(thread, self, MN_FOREVER);
  self->waiter.shield--;
}

/* The end of the block that owns the thread; argument 2 is the error that ends it, or nil. */
static int l_close(lua_State *L) {
  mn_thread *thread = check_thread(L), *self = mn_self(L);
  if (thread == self || thread == thread->runtime->main) return 0;
  if (!lua_isnoneornil(L, 2)) {
    stop(thread, self);
    return 0;
  }
  mn_status status = mn_thread_join(thread, self, MN_FOREVER);
  if (status != MN_OK) { /* the caller is cancelled or interrupted */
    stop(thread, self);
    return mn_push_status(L, status);
  }
  return thread->outcome == MN_THREAD_FAILED ? throw_error(L, thread) : 0;
}

/* ---- the rest ---- */

static int l_status(lua_State *L) {
  lua_pushstring(L, mn_thread_status_word(atomic_load(&check_thread(L)->status)));
  return 1;
}

static int l_cancel(lua_State *L) {
  mn_thread *thread = check_thread(L);
  lua_pushboolean(L, mn_thread_cancel(thread, luaL_optstring(L, 2, NULL)));
  return 1;
}

static int l_interrupt(lua_State *L) {
  mn_thread *thread = check_thread(L);
  mn_message value = {0};
  if (!lua_isnoneornil(L, 2)) mn_encode_or_throw(L, 2, 1, "value", 0, &value);
  mn_status status = mn_thread_interrupt(thread, &value);
  if (status != MN_OK) mn_message_drop(&value);
  if (status == MN_NOMEM) return luaL_error(L, "%s", mn_status_word(status));
  lua_pushboolean(L, status == MN_OK);
  return 1;
}

static int l_name(lua_State *L) {
  lua_pushstring(L, check_thread(L)->options.name);
  return 1;
}

static int l_id(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_thread(L)->id);
  return 1;
}

static int l_traceback(lua_State *L) {
  mn_thread *thread = check_thread(L);
  bool failed = atomic_load(&thread->status) == MN_THREAD_FAILED;
  lua_pushstring(L, failed ? thread->traceback : NULL);
  return 1;
}

static int l_waiting(lua_State *L) {
  char text[256];
  mn_waiter_describe(&check_thread(L)->waiter, text, sizeof text);
  lua_pushstring(L, *text ? text : NULL);
  return 1;
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
    if (atomic_load(&thread->status) != MN_THREAD_RUNNING) continue;
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

static const luaL_Reg methods[] = {{"join", l_join},       {"status", l_status},
                                   {"cancel", l_cancel},   {"interrupt", l_interrupt},
                                   {"name", l_name},       {"send", mn_l_thread_send},
                                   {"id", l_id},           {"traceback", l_traceback},
                                   {"waiting", l_waiting}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__close", l_close}, {NULL, NULL}};

static mn_status select_prepare(lua_State *L, mn_handle *object, mn_wait_case *wait) {
  return mn_thread_prepare_join((mn_thread *)(void *)object, mn_self(L), wait);
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
