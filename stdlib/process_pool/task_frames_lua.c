/* process_pool/task_frames_lua.c -- a future of this process stands for the one that waits in the other:
 * so tasks run here just as in a thread. */
#include "process_pool/task_frames_lua.h"

#include "core/binding.h"
#include "futures/task_lua.h"

void mn_task_frames_free(mn_task_frames *frames) {
  if (frames->routine) mn_routine_unref(frames->routine);
  frames->routine = NULL;
}

static mn_status take_routine(lua_State *L, mn_channel *channel, mn_frame *call, void *context) {
  mn_task_frames *frames = context;
  (void)L, (void)channel;
  mn_task_frames_free(frames);
  frames->routine = mn_routine_new(&call->message);
  if (!frames->routine) mn_message_drop(&call->message);
  return frames->routine ? MN_OK : MN_NOMEM;
}

/* NULL: no memory. */
static mn_future *make_future(mn_runtime *runtime, const mn_frame *call) {
  uint64_t parameter = call->parameter;
  if (parameter == 0) return mn_future_new(runtime);
  mn_chunk *chunk =
      mn_chunk_new(runtime, call->stayed, mn_task_items(parameter), mn_task_arity(parameter));
  return chunk ? &chunk->future : NULL;
}

static mn_status send_before(mn_channel *channel, mn_future *future, uint64_t call) {
  mn_chunk *chunk = (mn_chunk *)(void *)future;
  mn_frame partial = {.kind = MN_FRAME_PARTIAL, .call = call, .message = chunk->before};
  chunk->before = (mn_message){0};
  return mn_channel_send(channel, &partial, NULL);
}

/* Makes the answer of a future that has ended. */
static mn_status send_answer(mn_channel *channel, mn_future *future, mn_frame *answer) {
  mn_status status = MN_OK;
  switch (mn_future_status_of(future)) {
    case MN_FUTURE_DONE: answer->kind = MN_FRAME_RETURN; break;
    case MN_FUTURE_FAILED: answer->kind = MN_FRAME_ERROR; break;
    default: answer->kind = MN_FRAME_CANCELLED; break;
  }
  if (answer->kind == MN_FRAME_ERROR && future->is_chunk)
    status = send_before(channel, future, answer->call);
  if (status != MN_OK) return status;
  atomic_store(&future->looked_at, true);
  answer->text = future->traceback;
  answer->message = future->message;
  future->message = (mn_message){0};
  return mn_channel_send(channel, answer, NULL);
}

static mn_status take_task(lua_State *L, mn_channel *channel, mn_frame *call, void *context) {
  mn_task_frames *frames = context;
  mn_frame answer = {.call = call->call};
  if (frames->is_worn_out) { /* it has said so, and somebody else gets this */
    mn_message_drop(&call->message);
    return MN_OK;
  }
  mn_future *future = frames->routine ? make_future(mn_state_of(L)->runtime, call) : NULL;
  if (!future) {
    mn_message_drop(&call->message);
    return MN_NOMEM;
  }
  future->routine = mn_routine_ref(frames->routine);
  future->message = call->message;
  call->message = (mn_message){0};
  mn_time start = mn_clock();
  frames->is_worn_out = !mn_task_run_alone(L, future);
  if (frames->is_worn_out) answer.flags = MN_TASK_WORN_OUT;
  answer.parameter = (uint64_t)(mn_clock() - start);
  mn_status status = send_answer(channel, future, &answer);
  mn_handle_unref(&future->handle);
  return status;
}

const mn_deputy_function mn_task_functions[] = {
    {MN_PEER_ROUTINE, NULL, take_routine}, {MN_PEER_TASK, NULL, take_task}, {NULL, NULL, NULL}};
