/* buffer/buffer.c -- the type of Buffers; what they can do is memory.c's. */
#include "buffer/buffer.h"

#include <stdio.h>

static void describe(mn_handle *handle, char *text, size_t size) {
  const mn_view *view = (const mn_view *)(const void *)handle;
  (void)snprintf(text, size, "of %zu byte%s%s", view->count, view->count == 1 ? "" : "s",
                 mn_view_is_frozen(view) ? ", frozen" : "");
}

const mn_type mn_buffer_type = {
    .name = "Buffer", .destroy = mn_view_destroy, .describe = describe, .weight = mn_view_weight};
