/* core/message.c -- making, copying and dropping messages; what is in them is codec's business. */
#include "core/message.h"

#include <string.h>

#include "base/alloc.h"
#include "core/message_format.h"

/* Memory for the bytes and then, in the same block, the references. */
static bool start_pooled(mn_message *made, mn_message_pool *pool, size_t at, size_t size) {
  unsigned char *data = mn_message_pool_take(pool, size);
  if (!data) return false;
  made->flags |= MN_MESSAGE_POOLED;
  made->body.heap.data = data;
  made->body.heap.handles = made->handles > 0 ? (mn_handle **)(void *)(data + at) : NULL;
  return true;
}

static bool start_alone(mn_message *made) {
  mn_handle **handles = NULL;
  if (made->handles > 0) {
    handles = mn_alloc(made->handles * sizeof *handles);
    if (!handles) return false;
  }
  unsigned char *data = mn_alloc(made->size > 0 ? made->size : 1);
  if (!data) {
    mn_free(handles);
    return false;
  }
  made->body.heap.data = data;
  made->body.heap.handles = handles;
  return true;
}

unsigned char *mn_message_start(mn_message *message, mn_message_pool *pool, size_t size,
                                uint32_t values, size_t handle_count, uint32_t flags) {
  mn_message made = {.size = (uint32_t)size,
                     .values = values,
                     .handles = (uint32_t)handle_count,
                     .flags = flags & ~MN_MESSAGE_POOLED};
  if (mn_message_is_heap(&made)) {
    size_t at = (size + sizeof(mn_handle *) - 1) / sizeof(mn_handle *) * sizeof(mn_handle *);
    size_t whole = at + handle_count * sizeof(mn_handle *);
    bool fits = pool && whole <= MN_POOL_MOST;
    if (!(fits ? start_pooled(&made, pool, at, whole) : start_alone(&made))) return NULL;
  }
  *message = made;
  return mn_message_is_heap(message) ? message->body.heap.data : message->body.bytes;
}

mn_status mn_message_make(mn_message *message, mn_message_pool *pool, const void *bytes,
                          size_t size, uint32_t values, mn_handle *const *handles,
                          size_t handle_count, uint32_t flags) {
  unsigned char *data = mn_message_start(message, pool, size, values, handle_count, flags);
  if (!data) return MN_NOMEM;
  if (size > 0) memcpy(data, bytes, size);
  if (handle_count > 0)
    memcpy(message->body.heap.handles, handles, handle_count * sizeof(mn_handle *));
  return MN_OK;
}

mn_status mn_message_of_string(mn_message *message, const void *bytes, size_t size) {
  uint32_t length = (uint32_t)size;
  unsigned char *data = mn_message_start(message, NULL, 1 + sizeof length + length, 1, 0, 0);
  if (!data) return MN_NOMEM;
  *data++ = MN_TAG_STRING32;
  memcpy(data, &length, sizeof length);
  memcpy(data + sizeof length, bytes, length);
  return MN_OK;
}

mn_status mn_message_copy(const mn_message *message, mn_message *copy) {
  if (!mn_message_is_heap(message)) {
    *copy = *message;
    return MN_OK;
  }
  mn_handle *const *handles = message->body.heap.handles;
  mn_status status = mn_message_make(copy, NULL, message->body.heap.data, message->size,
                                     message->values, handles, message->handles, message->flags);
  for (uint32_t i = 0; status == MN_OK && i < message->handles; i++)
    (void)mn_handle_ref(handles[i]);
  return status;
}

void mn_message_drop_heap(mn_message *message) {
  for (uint32_t i = 0; i < message->handles; i++) mn_handle_unref(message->body.heap.handles[i]);
  if (message->flags & MN_MESSAGE_POOLED) {
    mn_message_pool_give(message->body.heap.data);
  } else {
    mn_free(message->body.heap.handles);
    mn_free(message->body.heap.data);
  }
}
