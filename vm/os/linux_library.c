/* os/linux_library.c -- the contract of library.h on Linux. */
#include "os/library.h"

#include <dlfcn.h>
#include <string.h>

void *mn_os_library_load(const char *name, const char **why) {
  void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!library) *why = dlerror();
  return library;
}

mn_os_function *mn_os_library_find(void *library, const char *name) {
  void *found = dlsym(library, name);
  mn_os_function *function;
  /* As POSIX has it: the two kinds of pointers are alike. */
  memcpy(&function, &found, sizeof function);
  return found ? function : NULL;
}
