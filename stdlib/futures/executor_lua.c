/* futures/executor_lua.c -- what executors and pools have in common: options, submitting, the end. */
#include "futures/executor_lua.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "core/binding.h"
#include "core/calling.h"
#include "core/codec.h"
#include "core/options.h"
#include "futures/future_lua.h"
#include "futures/list_lua.h"
#include "futures/routine_lua.h"

/* ---- options ---- */

/* What the readers fill in. */
typedef struct reading {
  mn_crew_options *options;
  const mn_engine *engines;
} reading;

static uint32_t workers_from(lua_Integer count) {
  return count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;
}

static void read_workers(const mn_option *option, void *target) {
  mn_crew_options *options = ((const reading *)target)->options;
  options->most_workers = workers_from(mn_option_integer(option, 1, LUA_MAXINTEGER));
}

static void read_tasks(const mn_option *option, void *target) {
  mn_crew_options *options = ((const reading *)target)->options;
  options->tasks_per_worker = (uint64_t)mn_option_integer(option, 1, LUA_MAXINTEGER);
}

static void read_memory_limit(const mn_option *option, void *target) {
  mn_crew_options *options = ((const reading *)target)->options;
  options->memory_limit = (size_t)mn_option_integer(option, MN_ARENA_FIRST, LUA_MAXINTEGER);
}

static void read_prefix(const mn_option *option, void *target) {
  mn_crew_options *options = ((const reading *)target)->options;
  size_t length;
  mn_option_check_type(option, LUA_TSTRING);
  const char *text = lua_tolstring(option->L, -1, &length);
  if (length == 0 || length >= sizeof options->prefix || strlen(text) != length)
    mn_option_refuse(option, "1 to 39 bytes without zeros expected");
  memcpy(options->prefix, text, length + 1);
}

/* Pushes "'thread' or 'process' expected". */
static const char *push_expected(lua_State *L, const mn_engine *engine) {
  lua_pushfstring(L, "'%s'", engine->name);
  while ((++engine)->name) lua_pushfstring(L, "%s or '%s'", lua_tostring(L, -1), engine->name);
  return lua_pushfstring(L, "%s expected", lua_tostring(L, -1));
}

static void read_engine(const mn_option *option, void *target) {
  const reading *r = target;
  mn_option_check_type(option, LUA_TSTRING);
  const mn_engine *engine = r->engines;
  while (engine->name && strcmp(engine->name, lua_tostring(option->L, -1)) != 0) engine++;
  if (!engine->name) mn_option_refuse(option, push_expected(option->L, r->engines));
  r->options->body = engine->body;
}

/* Initializer and arguments are read later, in that order. */

static void check_function(const mn_option *option, void *target) {
  (void)target;
  mn_option_check_type(option, LUA_TFUNCTION);
}

static void check_list(const mn_option *option, void *target) {
  (void)target;
  mn_option_check_type(option, LUA_TTABLE);
  if (lua_getfield(option->L, option->argument, "initializer") == LUA_TNIL)
    mn_option_refuse(option, "without an initializer");
  lua_pop(option->L, 1);
}

/* Pushes package[field]. */
static void push_path(lua_State *L, const char *field) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  if (lua_getfield(L, -1, "package") == LUA_TTABLE) {
    lua_getfield(L, -1, field);
    lua_replace(L, -3);
    lua_pop(L, 1);
  } else {
    lua_pop(L, 2);
    lua_pushnil(L);
  }
}

/* Pushes what follows the paths in the message that workers start with. */
static void push_initializer(lua_State *L) {
  if (lua_getfield(L, 1, "initializer") == LUA_TNIL) {
    lua_pop(L, 1);
    return;
  }
  int list = lua_gettop(L) + 1;
  if (lua_getfield(L, 1, "initargs") == LUA_TTABLE) (void)mn_list_push(L, list);
  lua_remove(L, list);
}

static void read_options(lua_State *L, const mn_executor_kind *kind, mn_crew_options *options) {
  lua_settop(L, 1);
  options->most_workers = (uint32_t)mn_cpu_count();
  if (lua_isnoneornil(L, 1)) return;
  if (lua_type(L, 1) != LUA_TTABLE) {
    options->most_workers = workers_from(mn_executor_check_count(L, 1, kind->workers));
    return;
  }
  const mn_option_reader readers[] = {{kind->workers, read_workers},
                                      {"memory_limit", read_memory_limit},
                                      {"name_prefix", read_prefix},
                                      {"initializer", check_function},
                                      {"initargs", check_list},
                                      {kind->tasks, read_tasks}, /* may end the list */
                                      {kind->is_choice ? "engine" : NULL, read_engine},
                                      {NULL, NULL}};
  mn_options_read(L, 1, readers, &(reading){options, kind->engines});
}

lua_Integer mn_executor_check_count(lua_State *L, int index, const char *name) {
  int is_integer = 0;
  lua_Integer count = lua_type(L, index) == LUA_TNUMBER ? lua_tointegerx(L, index, &is_integer) : 0;
  if (!is_integer) luaL_typeerror(L, index, "integer");
  if (count < 1) luaL_argerror(L, index, lua_pushfstring(L, "%s must be at least 1", name));
  return count;
}

/* ---- making ---- */

/* "Pool-3": a number for each in the process. */
static void default_prefix(mn_crew_options *options, const char *type) {
  static _Atomic uint32_t last;
  uint32_t number = atomic_fetch_add(&last, 1) + 1;
  (void)snprintf(options->prefix, sizeof options->prefix, "%s-%u", type, number);
}

static void drop_options(mn_crew_options *options) {
  mn_message_drop(&options->init);
  mn_made_at_unref(options->made_at);
}

int mn_executor_construct(lua_State *L, const mn_executor_kind *kind) {
  mn_crew_options options = {.body = kind->engines->body};
  read_options(L, kind, &options);
  if (!*options.prefix) default_prefix(&options, kind->type->name);
  mn_ref *ref = mn_ref_new(L, kind->type);
  int object = lua_gettop(L);
  push_path(L, "path");
  push_path(L, "cpath");
  if (lua_type(L, 1) == LUA_TTABLE) push_initializer(L);
  mn_encode_or_throw(L, object + 1, lua_gettop(L) - object, "initializer", 0, &options.init);
  mn_message_set_paths(&options.init);
  options.made_at = mn_made_at_ref(mn_here(L));
  mn_crew *crew = mn_crew_new(mn_state_of(L)->runtime, &options);
  mn_executor *executor = crew ? mn_executor_new(kind, crew) : NULL;
  if (!executor) {
    if (crew)
      mn_crew_unref(crew);
    else
      drop_options(&options);
    return luaL_error(L, "not enough memory");
  }
  lua_settop(L, object);
  mn_ref_fill(L, ref, &executor->handle);
  return 1;
}

/* ---- submitting ---- */

/* Raises why the crew accepts nothing. */
static int throw_broken(lua_State *L, mn_crew *crew) {
  mn_message why = {0};
  if (mn_crew_why_broken(crew, &why) == MN_OK && why.values > 0)
    (void)mn_decode_take(L, &why);
  else
    lua_pushliteral(L, "cancelled, or not enough memory");
  lua_pushfstring(L, "the initializer has failed: %s", luaL_tolstring(L, -1, NULL));
  return mn_throw_at_caller(L);
}

void mn_executor_submit_future(lua_State *L, mn_executor *executor, const mn_executor_kind *kind,
                               mn_future *future, bool accepted) {
  mn_status status = mn_crew_submit(executor->crew, future, accepted, mn_self(L));
  switch (status) {
    case MN_OK: return;
    case MN_CLOSED: luaL_error(L, "%s", kind->closed); return;
    case MN_BROKEN: throw_broken(L, executor->crew); return;
    case MN_TOO_MANY: luaL_error(L, "the system has no more threads"); return;
    default: luaL_error(L, "%s", mn_status_word(status)); return;
  }
}

void mn_executor_submit(lua_State *L, mn_executor *executor, const mn_executor_kind *kind,
                        int function, int first, int count, const char *root, int number) {
  mn_ref *ref = mn_ref_new(L, &mn_future_type);
  mn_future *future = mn_future_new(mn_state_of(L)->runtime);
  if (!future) luaL_error(L, "not enough memory");
  mn_ref_fill(L, ref, &future->handle);
  future->routine = mn_routine_get(L, function, "argument #1");
  if (count > 0) mn_encode_or_throw(L, first, count, root, number, &future->message);
  mn_executor_submit_future(L, executor, kind, future, false);
}

/* ---- the end ---- */

void mn_executor_check_outside(lua_State *L, const mn_executor *executor) {
  if (mn_crew_of(mn_self(L)) == executor->crew)
    luaL_error(L, "a worker cannot wait for the end of its own %s", executor->handle.type->name);
}

/* Waits without regard to whoever wants the caller to stop. */
static mn_status join_all(lua_State *L, mn_crew *crew) {
  mn_waiter *self = mn_waiter_to_park(L);
  self->shield++;
  mn_status status = mn_crew_join(crew, self, MN_FOREVER);
  self->shield--;
  return status;
}

mn_status mn_executor_join(lua_State *L, mn_executor *executor, mn_time deadline) {
  mn_waiter *self = mn_waiter_to_park(L);
  mn_status status = mn_crew_join(executor->crew, self, deadline);
  mn_waiter_serve(self);
  return status;
}

int mn_executor_leave(lua_State *L, mn_executor *executor, bool failed) {
  mn_crew *crew = executor->crew;
  mn_crew_close(crew);
  if (failed) mn_crew_terminate(crew);
  if (mn_crew_of(mn_self(L)) == crew) return 0;
  mn_status status = mn_executor_join(L, executor, MN_FOREVER);
  if (status == MN_OK) return 0;
  if (status == MN_PARKED) return mn_push_status(L, status);
  mn_crew_terminate(crew);
  if (join_all(L, crew) == MN_PARKED) return mn_push_status(L, MN_PARKED);
  return failed ? 0 : mn_push_status(L, status);
}
