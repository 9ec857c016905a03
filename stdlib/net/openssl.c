/* net/openssl.c -- looks the functions up, once. */
#include "net/openssl.h"

#ifdef MN_OPENSSL

#include <stdatomic.h>
#include <string.h>

#include "os/library.h"
#include "os/mutex.h"

/* The same for all: the library is the process's. */
static mn_openssl functions;
static _Atomic bool loaded;
static mn_mutex loading;

typedef struct named {
  const char *name;
  size_t offset;
} named;

#define MN_NAMED(name) {#name, offsetof(mn_openssl, name)},
static const named names[] = {MN_OPENSSL_FUNCTIONS(MN_NAMED)};

/* NULL: all are there. */
static const char *look_up_locked(void) {
  static const char *const files[] = {"libssl.so.3", "libssl.so"};
  const char *why = NULL;
  void *library = NULL;
  for (size_t i = 0; !library && i < sizeof files / sizeof *files; i++)
    library = mn_os_library_load(files[i], &why);
  if (!library) return why;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    mn_os_function *function = mn_os_library_find(library, names[i].name);
    if (!function) return "libssl has not all functions of OpenSSL 3";
    memcpy((char *)&functions + names[i].offset, &function, sizeof function);
  }
  /* Other threads may still use it when the process ends. */
  (void)functions.OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT, NULL);
  atomic_store(&loaded, true);
  return NULL;
}

const mn_openssl *mn_openssl_load(const char **why) {
  if (atomic_load(&loaded)) return &functions;
  mn_mutex_lock(&loading);
  const char *failure = atomic_load(&loaded) ? NULL : look_up_locked();
  mn_mutex_unlock(&loading);
  if (failure) *why = failure;
  return failure ? NULL : &functions;
}

#else

/* A file of C must declare something. */
typedef int mn_openssl_none;

#endif
