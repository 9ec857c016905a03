/* core/message.c -- making, copying and dropping messages; what is in them is codec's business. */
#include "core/message.h"

#include <string.h>

#include "base/alloc.h"

mn_status mn_message_make(mn_message *message, const void *bytes, size_t size, uint32_t values,
                          mn_handle *const *handles, size_t handle_count, uint32_t flags) {
  mn_message made = {(uint32_t)size, values, (uint32_t)handle_count, flags, {{0}}};
  if (mn_message_is_heap(&made)) {
    made.body.heap.data = mn_alloc(size > 0 ? size : 1);
    if (!made.body.heap.data) return MN_NOMEM;
    made.body.heap.handles = NULL;
    if (handle_count > 0) {
      made.body.heap.handles = mn_alloc(handle_count * sizeof(mn_handle *));
      if (!made.body.heap.handles) {
        mn_free(made.body.heap.data);
        return MN_NOMEM;
      }
      memcpy(made.body.heap.handles, handles, handle_count * sizeof(mn_handle *));
    }
    if (size > 0) memcpy(made.body.heap.data, bytes, size);
  } else if (size > 0) {
    memcpy(made.body.bytes, bytes, size);
  }
  *message = made;
  return MN_OK;
}

mn_status mn_message_copy(const mn_message *message, mn_message *copy) {
  if (!mn_message_is_heap(message)) {
    *copy = *message;
    return MN_OK;
  }
  mn_handle *const *handles = message->body.heap.handles;
  mn_status status = mn_message_make(copy, message->body.heap.data, message->size, message->values,
                                     handles, message->handles, message->flags);
  for (uint32_t i = 0; status == MN_OK && i < message->handles; i++)
    (void)mn_handle_ref(handles[i]);
  return status;
}

void mn_message_drop_heap(mn_message *message) {
  for (uint32_t i = 0; i < message->handles; i++) mn_handle_unref(message->body.heap.handles[i]);
  mn_free(message->body.heap.handles);
  mn_free(message->body.heap.data);
}
