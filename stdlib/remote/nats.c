/* remote/nats.c -- looks the functions up, once. */
#include "remote/nats.h"

#ifdef MN_NATS

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "os/library.h"
#include "os/mutex.h"

/* The same for all: the library is the process's. */
static mn_nats functions;
static _Atomic bool loaded;
static mn_mutex loading;

typedef struct named {
  const char *name;
  size_t offset;
} named;

#define MN_NAMED(name) {#name, offsetof(mn_nats, name)},
static const named names[] = {MN_NATS_FUNCTIONS(MN_NAMED)};

/* NULL: all are there. */
static const char *look_up_locked(void) {
  static const char *const files[] = {"libnats.so.3.4", "libnats.so"};
  const char *why = NULL;
  void *library = NULL;
  for (size_t i = 0; !library && i < sizeof files / sizeof *files; i++)
    library = mn_os_library_load(files[i], &why);
  if (!library)
    return "the NATS C client is not installed (Debian: apt-get install libnats3.4; or "
           "libnats-dev)";
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    mn_os_function *function = mn_os_library_find(library, names[i].name);
    if (!function) return "the NATS C client is older than 3.4";
    memcpy((char *)&functions + names[i].offset, &function, sizeof function);
  }
  atomic_store(&loaded, true);
  return NULL;
}

const mn_nats *mn_nats_load(const char **why) {
  if (atomic_load(&loaded)) return &functions;
  mn_mutex_lock(&loading);
  const char *failure = atomic_load(&loaded) ? NULL : look_up_locked();
  mn_mutex_unlock(&loading);
  if (failure) *why = failure;
  return failure ? NULL : &functions;
}

#else

/* A file of C must declare something. */
typedef int mn_nats_none;

#endif
