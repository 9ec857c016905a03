/* embed/queue.c -- the queues of scripts, for the program. */
#include "queue/queue.h"

#include "base/alloc.h"
#include "embed/hosted.h"
#include "embed/values.h"

/* So that a queue is an object among the values of moons.h. */
struct moons_queue {
  moons_object object; /* its references */
};

static mn_queue *of(const moons_queue *queue) {
  return (mn_queue *)(void *)queue->object.handle;
}

/* Takes over the reference to the handle. */
static moons_status wrap(moons_runtime *runtime, mn_handle *handle, moons_queue **queue) {
  moons_queue *made = mn_alloc(sizeof *made);
  if (!made) {
    mn_handle_unref(handle);
    return MOONS_NO_MEMORY;
  }
  *made = (moons_queue){{MN_KIND_QUEUE, mn_embed_ref(runtime), handle, NULL}};
  *queue = made;
  return MOONS_OK;
}

moons_status moons_queue_new(moons_runtime *runtime, uint64_t maxsize, moons_queue **queue) {
  if (mn_is_bad(runtime) || mn_is_missing(queue)) return MOONS_INVALID;
  mn_queue *inner = mn_queue_new(maxsize);
  return inner ? wrap(runtime, (mn_handle *)(void *)inner, queue) : MOONS_NO_MEMORY;
}

moons_status moons_queue_from(moons_value value, moons_queue **queue) {
  if (mn_is_missing(queue) || value.type != MOONS_OBJECT || mn_is_bad(value.as.object))
    return MOONS_INVALID;
  mn_handle *handle = value.as.object->handle;
  if (handle->type != &mn_queue_type) return MOONS_INVALID;
  return wrap(value.as.object->runtime, mn_handle_ref(handle), queue);
}

moons_value moons_of_queue(moons_queue *queue) {
  return moons_of_object(mn_is_bad_or_null(queue) ? NULL : &queue->object);
}

void moons_queue_free(moons_queue *queue) {
  if (mn_is_bad_or_null(queue)) return;
  moons_runtime *runtime = queue->object.runtime;
  mn_bury(queue);
  mn_handle_unref(queue->object.handle);
  mn_free(queue);
  mn_embed_unref(runtime);
}

/* ---- putting and getting ---- */

/* `message` stays the caller's unless MN_OK. */
static mn_status put(moons_queue *queue, mn_message *message, double seconds) {
  mn_status status = mn_queue_try_put(of(queue), message);
  if (status != MN_FULL || seconds == 0) return status;
  mn_embed_wait wait;
  mn_embed_wait_begin(queue->object.runtime, &wait);
  status = mn_queue_put(of(queue), message, &wait.waiter, mn_embed_deadline(seconds));
  mn_embed_wait_end(queue->object.runtime, &wait);
  return status;
}

moons_status moons_queue_put(moons_queue *queue, moons_value value, double seconds) {
  mn_message message;
  if (mn_is_bad(queue) || value.type == MOONS_NIL) return MOONS_INVALID;
  moons_status encoded = mn_values_encode(queue->object.runtime, &value, 1, &message);
  if (encoded != MOONS_OK) return encoded;
  mn_status status = put(queue, &message, seconds);
  if (status != MN_OK) mn_message_drop(&message);
  return mn_embed_status(status);
}

static mn_status get(moons_queue *queue, mn_message *message, double seconds) {
  mn_status status = mn_queue_try_get(of(queue), message);
  if (status != MN_EMPTY || seconds == 0) return status;
  mn_embed_wait wait;
  mn_embed_wait_begin(queue->object.runtime, &wait);
  status = mn_queue_get(of(queue), message, &wait.waiter, mn_embed_deadline(seconds));
  mn_embed_wait_end(queue->object.runtime, &wait);
  return status;
}

moons_status moons_queue_get(moons_queue *queue, double seconds, moons_values **values) {
  mn_message message;
  if (mn_is_bad(queue) || mn_is_missing(values)) return MOONS_INVALID;
  mn_status status = get(queue, &message, seconds);
  if (status != MN_OK) return mn_embed_status(status);
  moons_status decoded = mn_values_decode(queue->object.runtime, &message, values);
  mn_message_drop(&message);
  return decoded;
}

void moons_queue_close(moons_queue *queue, int now) {
  if (!mn_is_bad(queue)) mn_queue_close(of(queue), now != 0);
}

uint64_t moons_queue_size(const moons_queue *queue) {
  return mn_is_bad(queue) ? 0 : mn_queue_size(of(queue));
}
