/* futures/pool_executor_lua.c -- two types, which differ in what their workers are. */
#include "futures/pool_executor_lua.h"

#include "core/binding.h"
#include "core/options.h"
#include "futures/executor_lua.h"
#include "futures/mapping_lua.h"

#define CLOSED "no call can be submitted any more: the executor was shut down"

static const mn_type thread_type = {
    .name = "ThreadPoolExecutor", .destroy = mn_executor_destroy, .describe = mn_executor_describe};
static const mn_type process_type = {.name = "ProcessPoolExecutor",
                                     .destroy = mn_executor_destroy,
                                     .describe = mn_executor_describe};

static const mn_executor_kind thread_kind = {
    .type = &thread_type, .engine = MN_ENGINE_THREAD, .workers = "max_workers", .closed = CLOSED};
static const mn_executor_kind process_kind = {.type = &process_type,
                                              .engine = MN_ENGINE_PROCESS,
                                              .workers = "max_workers",
                                              .tasks = "max_tasks_per_child",
                                              .closed = CLOSED};

static mn_executor *check_executor(lua_State *L) {
  static const mn_type *const types[] = {&thread_type, &process_type, NULL};
  return (mn_executor *)(void *)mn_check_handle_of(L, 1, types);
}

static const mn_executor_kind *kind_of(const mn_executor *executor) {
  return executor->handle.type == &thread_type ? &thread_kind : &process_kind;
}

/* ---- calls ---- */

static int l_submit(lua_State *L) {
  mn_executor *executor = check_executor(L);
  mn_check_callable(L, 2);
  mn_executor_submit(L, executor, kind_of(executor), 2, 3, lua_gettop(L) - 2, "argument #%d", 2);
  return 1;
}

static int l_map(lua_State *L) {
  mn_executor *executor = check_executor(L);
  return mn_mapping_lazy(L, executor, kind_of(executor));
}

/* ---- the end ---- */

static int l_close(lua_State *L) {
  return mn_executor_leave(L, check_executor(L), !lua_isnoneornil(L, 2));
}

typedef struct shutdown {
  bool wait, cancel;
  mn_time deadline;
} shutdown;

static void read_wait(const mn_option *option, void *target) {
  ((shutdown *)target)->wait = mn_option_boolean(option);
}

static void read_cancel(const mn_option *option, void *target) {
  ((shutdown *)target)->cancel = mn_option_boolean(option);
}

static void read_timeout(const mn_option *option, void *target) {
  ((shutdown *)target)->deadline = mn_option_deadline(option);
}

static const mn_option_reader readers[] = {
    {"wait", read_wait}, {"cancel_futures", read_cancel}, {"timeout", read_timeout}, {NULL, NULL}};

static int l_shutdown(lua_State *L) {
  mn_executor *executor = check_executor(L);
  shutdown s = {.wait = true, .deadline = MN_FOREVER};
  if (!lua_isnoneornil(L, 2)) mn_options_read(L, 2, readers, &s);
  if (s.wait) mn_executor_check_outside(L, executor);
  mn_crew_close(executor->crew);
  if (s.cancel) mn_crew_cancel_pending(executor->crew);
  if (!s.wait) return mn_push_status(L, MN_OK);
  return mn_push_status(L, mn_executor_join(L, executor, s.deadline));
}

/* ---- the types ---- */

static const luaL_Reg methods[] = {
    {"submit", l_submit}, {"map", l_map}, {"shutdown", l_shutdown}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__close", l_close}, {NULL, NULL}};

static const mn_binding binding = {.methods = methods, .metamethods = metamethods};

static int l_new_thread_pool(lua_State *L) {
  return mn_executor_construct(L, &thread_kind);
}

static int l_new_process_pool(lua_State *L) {
  return mn_executor_construct(L, &process_kind);
}

void mn_pool_executor_open(lua_State *L) {
  mn_type_open(L, &thread_type, &binding);
  mn_type_open(L, &process_type, &binding);
  lua_pushcfunction(L, l_new_thread_pool);
  lua_setfield(L, -2, "ThreadPoolExecutor");
  lua_pushcfunction(L, l_new_process_pool);
  lua_setfield(L, -2, "ProcessPoolExecutor");
}
