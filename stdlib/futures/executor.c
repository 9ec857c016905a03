/* futures/executor.c -- a handle to a crew. */
#include "futures/executor.h"

#include <stdio.h>

#include "base/alloc.h"

void mn_executor_destroy(mn_handle *handle) {
  mn_executor *executor = (mn_executor *)(void *)handle;
  mn_crew_close(executor->crew);
  mn_crew_unref(executor->crew);
  mn_free(executor);
}

void mn_executor_describe(mn_handle *handle, char *text, size_t size) {
  const mn_crew *crew = ((const mn_executor *)(const void *)handle)->crew;
  (void)snprintf(text, size, "(%u workers, %u unfinished)%s", mn_crew_most_workers(crew),
                 mn_crew_unfinished(crew), mn_crew_is_closed(crew) ? " closed" : "");
}

mn_executor *mn_executor_new(const mn_executor_kind *kind, mn_crew *crew) {
  mn_executor *executor = mn_alloc_zero(sizeof *executor);
  if (!executor) return NULL;
  mn_handle_init(&executor->handle, kind->type);
  executor->kind = kind;
  executor->crew = crew;
  return executor;
}
