/* task/task_lua.c -- tasks as Lua sees them.
 *
 * A state's scheduler is in a userdata, made with the first task. Its user value is the list that keeps
 * the coroutines of those that have not ended. */
#include "task/task_lua.h"

#include <lauxlib.h>

#include "base/alloc.h"
#include "core/binding.h"
#include "core/calling.h"
#include "core/face.h"
#include "core/inside.h"
#include "core/options.h"
#include "core/registry.h"
#include "futures/futures_lua.h"
#include "task/scheduled_lua.h"

/* Registry keys: of the userdata, of its metatable. */
static const char scheduler_key, metatable_key;

typedef struct own_scheduler {
  mn_scheduler scheduler;
  lua_State *L; /* a coroutine that is always there, to let go of others */
} own_scheduler;

/* What has not ended at the end never will: nothing of it runs any more. */
static int l_gc(lua_State *L) {
  own_scheduler *own = lua_touserdata(L, 1);
  if (!mn_is_finalizing(L) || !own->L) return 0;
  mn_state_look_for_end(L);
  mn_scheduler *s = &own->scheduler;
  while (!mn_list_is_empty(&s->tasks)) {
    mn_scheduled *task = mn_list_entry(s->tasks.next, mn_scheduled, link);
    mn_task_come_back(&task->base);
    task->outcome = MN_FUTURE_CANCELLED;
    mn_scheduled_end(task, LUA_OK);
  }
  mn_scheduler_free(s);
  own->L = NULL;
  return 0;
}

/* Pushes the list of coroutines; nothing here throws. */
static void ended(mn_scheduled *task, int status) {
  own_scheduler *own = mn_list_entry(task->scheduler, own_scheduler, scheduler);
  lua_State *L = own->L;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &scheduler_key);
  lua_getiuservalue(L, -1, 1);
  luaL_unref(L, -1, task->anchor);
  lua_settop(L, 0);
  mn_scheduled_end(task, status);
}

/* Pushes the list of coroutines of the state's scheduler. */
static mn_scheduler *push_scheduler(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &scheduler_key) == LUA_TUSERDATA) {
    own_scheduler *own = lua_touserdata(L, -1);
    lua_getiuservalue(L, -1, 1);
    lua_remove(L, -2);
    return &own->scheduler;
  }
  lua_pop(L, 1);
  own_scheduler *own = lua_newuserdatauv(L, sizeof *own, 1);
  own->L = NULL;
  mn_registry_push_metatable(L, &metatable_key, l_gc);
  lua_setmetatable(L, -2);
  lua_newtable(L);
  lua_State *co = lua_newthread(L);
  (void)luaL_ref(L, -2);
  lua_setiuservalue(L, -2, 1);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &scheduler_key);
  own->L = co;
  mn_state_of(L)->task_body = mn_scheduled_l_body;
  mn_scheduler_init(&own->scheduler, mn_state_of(L), ended);
  lua_getiuservalue(L, -1, 1);
  lua_remove(L, -2);
  return &own->scheduler;
}

typedef struct task_options {
  bool daemon;
  char name[MN_OPTION_NAME]; /* "": none */
} task_options;

static void read_daemon(const mn_option *option, void *target) {
  ((task_options *)target)->daemon = mn_option_boolean(option);
}

static void read_name(const mn_option *option, void *target) {
  mn_option_name(option, ((task_options *)target)->name);
}

static const mn_option_reader readers[] = {
    {"daemon", read_daemon}, {"name", read_name}, {NULL, NULL}};

static bool is_callable(lua_State *L, int index) {
  if (lua_isfunction(L, index)) return true;
  if (luaL_getmetafield(L, index, "__call") == LUA_TNIL) return false;
  lua_pop(L, 1);
  return true;
}

/* The function and its arguments are what is on the stack then. */
static void read_call(lua_State *L, task_options *options) {
  if (lua_type(L, 1) != LUA_TTABLE || is_callable(L, 1)) {
    mn_check_callable(L, 1);
    return;
  }
  mn_options_read_call(L, readers, options);
  if (!is_callable(L, 1)) mn_options_refuse_function(L);
}

/* A daemon's tasks are daemons, as its threads are. */
static bool is_daemon(const mn_state *state) {
  return state->task && mn_list_entry(state->task, mn_scheduled, base)->daemon;
}

static int l_task(lua_State *L) {
  task_options options = {.daemon = is_daemon(mn_state_of(L))};
  read_call(L, &options);
  int count = lua_gettop(L);
  mn_stack_need(L, LUA_MINSTACK);
  mn_scheduler *s = push_scheduler(L);
  mn_ref *ref = mn_ref_new(L, &mn_future_type);
  mn_scheduled *task = mn_scheduled_new(s, &mn_scheduled_kind);
  if (!task) return luaL_error(L, "not enough memory");
  mn_ref_fill(L, ref, &task->future.handle);
  task->daemon = options.daemon;
  if (*options.name && !(task->future.name = mn_alloc_text(options.name)))
    return luaL_error(L, "not enough memory");
  lua_State *co = task->base.L = lua_newthread(L);
  task->anchor = luaL_ref(L, count + 1);
  lua_insert(L, 1); /* the future */
  lua_settop(L, count + 1);
  if (!lua_checkstack(co, count + 1)) return mn_stack_refused(L, co, count + 1);
  lua_pushcfunction(co, mn_scheduled_l_body);
  lua_xmove(L, co, count);
  if (!mn_scheduled_start(task, count)) return luaL_error(L, "not enough memory");
  return 1;
}

/* ---- letting others run ---- */

static int after_yield(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  mn_status asked = mn_waiter_asked_to_stop(mn_waiter_of(L));
  return asked == MN_EMPTY ? 0 : mn_push_status(L, asked);
}

static int l_yield(lua_State *L) {
  const mn_task *task = mn_state_of(L)->task;
  lua_settop(L, 0);
  if (task && mn_task_can_leave(task, L)) return mn_task_leave(L, 0, after_yield);
  if (!task && lua_rawgetp(L, LUA_REGISTRYINDEX, &scheduler_key) == LUA_TUSERDATA)
    mn_scheduler_run(&((own_scheduler *)lua_touserdata(L, -1))->scheduler);
  return after_yield(L, LUA_OK, 0);
}

static bool has_ended(void *future) {
  return mn_future_has_ended(future);
}

mn_status mn_tasks_run_until(lua_State *L, mn_future *future) {
  mn_scheduler *s = push_scheduler(L);
  lua_pop(L, 1);
  mn_scheduler_run_until(s, has_ended, future, MN_FOREVER);
  return MN_OK;
}

/* ---- looking at them ---- */

/* NULL: there was no task yet. */
static mn_scheduler *find_scheduler(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &scheduler_key);
  own_scheduler *own = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return own ? &own->scheduler : NULL;
}

void mn_tasks_end_family(lua_State *L, uint32_t family) {
  mn_scheduler *s = find_scheduler(L);
  if (s) mn_scheduler_end_family(s, family);
}

int mn_tasks_l_list(lua_State *L) {
  const mn_scheduler *s = find_scheduler(L);
  lua_newtable(L);
  if (!s) return 1;
  /* A collection may end objects, but no task. */
  lua_Integer count = 0;
  for (mn_list *l = s->tasks.next; l != &s->tasks; l = l->next) {
    mn_push_handle(L, &mn_list_entry(l, mn_scheduled, link)->future.handle);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

int mn_tasks_l_describe(lua_State *L) {
  mn_future *future = (mn_future *)(void *)mn_check_handle(L, 1, &mn_future_type);
  luaL_argcheck(L, future->kind == &mn_scheduled_kind, 1, "no task");
  mn_scheduled *task = mn_list_entry(future, mn_scheduled, future);
  char text[256];
  mn_parking_describe(&task->base.parking, text, sizeof text);
  lua_pushinteger(L, (lua_Integer)(task->base.waiter.id & ~MN_TASK_ID));
  lua_pushnumber(L, (lua_Number)(mn_clock() - task->begun) / (lua_Number)MN_SECOND);
  lua_pushstring(L, *text ? text : NULL);
  mn_site site = {""};
  if (task->thread) mn_site_of(task->base.L, 0, &site); /* it has not ended */
  lua_pushstring(L, *site.text ? site.text : mn_handle_site(&future->handle));
  return 4;
}

/* ---- those that have failed ---- */

void mn_tasks_keep_failed(lua_State *L) {
  push_scheduler(L)->keeps_failed = true;
  lua_pop(L, 1);
}

bool mn_tasks_have_failed(lua_State *L) {
  const mn_scheduler *s = find_scheduler(L);
  return s && !mn_list_is_empty(&s->failed);
}

int mn_tasks_l_next_failed(lua_State *L) {
  mn_scheduler *s = find_scheduler(L);
  while (s && !mn_list_is_empty(&s->failed)) {
    mn_scheduled *task = mn_list_entry(s->failed.next, mn_scheduled, link);
    mn_future *future = &task->future;
    mn_push_handle(L, &future->handle); /* keeps it meanwhile */
    mn_list_remove(&task->link);
    mn_handle_unref(&future->handle);
    if (atomic_exchange(&future->looked_at, true)) {
      lua_pop(L, 1);
      continue;
    }
    char origin[MN_FUTURE_ORIGIN];
    mn_future_origin(future, origin);
    lua_pushinteger(L, (lua_Integer)(task->base.waiter.id & ~MN_TASK_ID));
    lua_pushstring(L, future->name);
    lua_pushfstring(L, "%s\n\t%s", future->traceback ? future->traceback : "not enough memory",
                    origin);
    return 3;
  }
  return 0;
}

/* ---- several ---- */

static const luaL_Reg core[] = {{"task", l_task}, {"wait", mn_futures_l_wait}, {NULL, NULL}};

/* What is elsewhere may be one: futures.wait knows. */
static bool is_future(lua_State *L, int index) {
  const mn_selectable *how;
  const mn_handle *object = mn_to_selectable(L, index, &how);
  return object && (object->type == &mn_future_type || how->stand_in);
}

/* Futures, or one list of them. */
static void check_futures(lua_State *L) {
  int count = lua_gettop(L);
  if (count != 1 || !lua_istable(L, 1)) {
    for (int i = 1; i <= count; i++)
      if (!is_future(L, i)) luaL_typeerror(L, i, mn_future_type.name);
    return;
  }
  lua_Integer length = luaL_len(L, 1);
  for (lua_Integer i = 1; i <= length; i++) {
    lua_geti(L, 1, i);
    if (!is_future(L, -1))
      luaL_argerror(L, 1,
                    lua_pushfstring(L, "value #%I is no future but a %s", i, luaL_typename(L, -1)));
    lua_pop(L, 1);
  }
}

static int l_gather(lua_State *L) {
  check_futures(L);
  return mn_face_call(L, "task/task", core, "gather");
}

static int l_timeout(lua_State *L) {
  luaL_checktype(L, 1, LUA_TNUMBER);
  lua_Number seconds = lua_tonumber(L, 1);
  luaL_argcheck(L, seconds >= 0, 1, seconds < 0 ? "must not be negative" : "not a number");
  mn_check_callable(L, 2);
  return mn_face_call(L, "task/task", core, "timeout");
}

void mn_task_open(lua_State *L) {
  lua_pushcfunction(L, l_task);
  lua_setfield(L, -2, "task");
  lua_pushcfunction(L, l_yield);
  lua_setfield(L, -2, "yield");
  lua_pushcfunction(L, l_gather);
  lua_setfield(L, -2, "gather");
  lua_pushcfunction(L, l_timeout);
  lua_setfield(L, -2, "timeout");
}
