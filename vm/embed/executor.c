/* embed/executor.c -- crews of threads that run the program's calls. */
#include "embed/executor.h"

#include "base/alloc.h"
#include "embed/chunk.h"
#include "embed/config.h"
#include "embed/future.h"
#include "embed/values.h"
#include "futures/crew.h"
#include "futures/task_lua.h"

struct moons_executor {
  mn_kind kind;
  moons_runtime *runtime; /* a reference */
  mn_crew *crew;          /* a reference */
  mn_list link;           /* in the runtime's */
};

/* ---- making ---- */

static moons_status read_options(const moons_executor_options *options, mn_crew_options *own) {
  moons_executor_options read = {0};
  if (!mn_embed_read_options(options, &read, sizeof read)) return MOONS_INVALID;
  if (read.initializer &&
      mn_is_no(read.initializer, MN_KIND_FUNCTION, "moons_executor_new", "initializer"))
    return MOONS_INVALID;
  *own =
      (mn_crew_options){.most_workers = read.threads > 0 ? read.threads : (unsigned)mn_cpu_count(),
                        .tasks_per_worker = read.tasks_per_thread,
                        .memory_limit = read.memory_limit,
                        .body = mn_task_worker};
  moons_status status =
      mn_embed_copy_name(own->prefix, sizeof own->prefix, read.name ? read.name : "Executor");
  return status == MOONS_OK ? mn_function_as_beginning(read.initializer, &own->init) : status;
}

moons_status moons_executor_new(moons_runtime *runtime, const moons_executor_options *options,
                                moons_executor **executor) {
  if (mn_is_bad(runtime) || mn_is_missing(executor)) return MOONS_INVALID;
  mn_crew_options own;
  moons_status status = read_options(options, &own);
  if (status != MOONS_OK) return status;
  moons_executor *made = mn_alloc(sizeof *made);
  if (made) made->crew = mn_crew_new(runtime->core, &own);
  if (!made || !made->crew) {
    mn_message_drop(&own.init);
    mn_free(made);
    return MOONS_NO_MEMORY;
  }
  made->kind = MN_KIND_EXECUTOR;
  made->runtime = mn_embed_ref(runtime);
  mn_mutex_lock(&runtime->mutex);
  mn_list_push_back(&runtime->crews, &made->link);
  mn_mutex_unlock(&runtime->mutex);
  *executor = made;
  return MOONS_OK;
}

/* ---- submitting ---- */

moons_status moons_submit(moons_executor *executor, moons_function *function,
                          const moons_value *arguments, size_t count, moons_future **future) {
  if (mn_is_bad(executor) || mn_is_bad(function) || mn_is_missing(future) ||
      mn_is_foreign(function, executor->runtime) || (count > 0 && mn_is_missing(arguments)))
    return MOONS_INVALID;
  moons_runtime *runtime = executor->runtime;
  mn_message message = {0};
  if (count > 0) {
    moons_status status = mn_values_encode(runtime, arguments, count, &message);
    if (status != MOONS_OK) return status;
  }
  mn_future *inner = mn_future_new(runtime->core);
  if (!inner) {
    mn_message_drop(&message);
    return MOONS_NO_MEMORY;
  }
  inner->routine = mn_routine_ref(function->routine);
  inner->message = message;
  moons_future *made;
  moons_status status = mn_embed_future_new(runtime, inner, &made);
  if (status == MOONS_OK) {
    status = mn_embed_status(mn_crew_submit(executor->crew, inner, false, runtime->core->main));
    if (status == MOONS_OK)
      *future = made;
    else
      moons_future_free(made);
  }
  mn_handle_unref(&inner->handle);
  return status;
}

/* ---- the end ---- */

void moons_executor_close(moons_executor *executor) {
  if (!mn_is_bad(executor)) mn_crew_close(executor->crew);
}

void moons_executor_terminate(moons_executor *executor) {
  if (!mn_is_bad(executor)) mn_crew_terminate(executor->crew);
}

moons_status moons_executor_join(moons_executor *executor, double seconds) {
  if (mn_is_bad(executor) || !mn_crew_is_closed(executor->crew)) return MOONS_INVALID;
  mn_embed_wait wait;
  mn_embed_wait_begin(executor->runtime, &wait);
  mn_status status = mn_crew_join(executor->crew, &wait.waiter, mn_embed_deadline(seconds));
  mn_embed_wait_end(executor->runtime, &wait);
  return mn_embed_status(status);
}

void moons_executor_free(moons_executor *executor) {
  if (mn_is_bad_or_null(executor)) return;
  moons_runtime *runtime = executor->runtime;
  mn_bury(executor);
  mn_mutex_lock(&runtime->mutex);
  mn_list_remove(&executor->link);
  mn_mutex_unlock(&runtime->mutex);
  mn_crew_close(executor->crew);
  mn_crew_unref(executor->crew);
  mn_free(executor);
  mn_embed_unref(runtime);
}

/* One at a time: what ends may call the program. */
void mn_executors_terminate(moons_runtime *runtime) {
  for (;;) {
    mn_mutex_lock(&runtime->mutex);
    mn_crew *crew = NULL;
    if (!mn_list_is_empty(&runtime->crews)) {
      moons_executor *executor = mn_list_entry(runtime->crews.next, moons_executor, link);
      mn_list_remove(&executor->link);
      crew = mn_crew_ref(executor->crew);
    }
    mn_mutex_unlock(&runtime->mutex);
    if (!crew) return;
    mn_crew_terminate(crew);
    mn_crew_unref(crew);
  }
}
