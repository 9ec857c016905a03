/* net/standard_input.c -- a source of a copy of descriptor 0.
 *
 * Others have the same open file, so it stays one that blocks: each read asks first whether there is
 * something. Files on a disk always have, and are never waited for. */
#include "net/standard_input.h"

#include <errno.h>

#include "base/alloc.h"
#include "net/connection.h"
#include "os/net.h"
#include "os/pipe.h"
#include "os/process.h"

typedef struct standard_input {
  mn_handle handle;
  mn_sources *sources; /* immutable, as are the next two */
  mn_source *source;
  int descriptor;
  mn_input input;
} standard_input;

static void destroy(mn_handle *object) {
  standard_input *in = (standard_input *)(void *)object;
  mn_source_free(in->sources, in->source);
  mn_input_free(&in->input);
  mn_free(in);
}

static const mn_type type = {.name = "standard input", .destroy = destroy};

static mn_status fetch(void *from, void *bytes, size_t size, size_t *count, bool *all) {
  const standard_input *in = from;
  (void)all;
  return mn_os_can_read(in->descriptor) ? mn_os_read(in->descriptor, bytes, size, count) : MN_EMPTY;
}

static standard_input *make(mn_sources *sources) {
  int descriptor = mn_os_copy_descriptor(0);
  if (descriptor < 0) return NULL;
  standard_input *in = mn_alloc_zero(sizeof *in);
  if (in) in->source = mn_source_new(sources, descriptor);
  if (!in || !in->source) {
    mn_os_close(descriptor);
    mn_free(in);
    errno = ENOMEM;
    return NULL;
  }
  mn_handle_init(&in->handle, &type);
  in->sources = sources;
  in->descriptor = descriptor;
  mn_input_init(&in->input, in->source, fetch, in, MN_LINE_LIMIT);
  return in;
}

mn_handle *mn_standard_input(mn_runtime *runtime) {
  mn_mutex_lock(&runtime->mutex);
  if (!runtime->input) runtime->input = (mn_handle *)(void *)make(&runtime->sources);
  mn_handle *object = runtime->input;
  mn_mutex_unlock(&runtime->mutex);
  return object;
}

mn_input *mn_standard_input_of(mn_handle *object) {
  return &((standard_input *)(void *)object)->input;
}
