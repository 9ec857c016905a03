/* process_pool/process_pool_lua.c -- ProcessPoolExecutor: an executor with another kind of workers. */
#include "process_pool/process_pool_lua.h"

#include "futures/pool_executor_lua.h"
#include "process_pool/pool_worker.h"

static const mn_type type = {.name = "ProcessPoolExecutor",
                             .destroy = mn_executor_destroy,
                             .describe = mn_executor_describe};

static const mn_engine engines[] = {{"process", mn_process_worker}, {NULL, NULL}};

static const mn_executor_kind kind = {
    .type = &type,
    .engines = engines,
    .workers = "max_workers",
    .tasks = "max_tasks_per_child",
    .closed = "no call can be submitted any more: the executor was shut down"};

void mn_process_pool_open(lua_State *L) {
  lua_getfield(L, -1, "futures");
  mn_pool_executor_open(L, &kind);
  lua_pop(L, 1);
}
