/* os/linux_library.c -- the contract of library.h on Linux. */
#define _GNU_SOURCE
#include "os/library.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* ---- a program that belongs to a library ---- */

/* Whether the file is one. A path with a quote in it is none: it goes through the shell. */
static bool answers(const char *path, const char *answer) {
  char command[PATH_MAX + 32], line[128] = "";
  if (access(path, X_OK) != 0 || strchr(path, '\'')) return false;
  (void)snprintf(command, sizeof command, "'%s' -v 2>/dev/null </dev/null", path);
  FILE *said = popen(command, "re");
  if (!said) return false;
  bool is_it = fgets(line, sizeof line, said) && strncmp(line, answer, strlen(answer)) == 0;
  (void)pclose(said);
  return is_it;
}

/* In folder/name; in folder/bin/name. */
static bool is_in(char *path, const char *folder, size_t length, const char *middle,
                  const char *name, const char *answer) {
  int size = snprintf(path, PATH_MAX, "%.*s%s/%s", (int)length, folder, middle, name);
  return size > 0 && size < PATH_MAX && answers(path, answer);
}

static bool find_beside(char *path, const char *name, const char *answer, mn_os_function *inside) {
  Dl_info about;
  char library[PATH_MAX];
  void *address;
  memcpy(&address, &inside, sizeof address);
  if (!dladdr(address, &about) || !about.dli_fname || !realpath(about.dli_fname, library))
    return false;
  for (char *slash; (slash = strrchr(library, '/')) != NULL && slash > library;) {
    *slash = '\0';
    if (is_in(path, library, strlen(library), "/bin", name, answer)) return true;
  }
  return false;
}

static bool find_on_path(char *path, const char *name, const char *answer) {
  const char *folders = getenv("PATH");
  while (folders && *folders) {
    size_t length = strcspn(folders, ":");
    if (folders[0] == '/' && is_in(path, folders, length, "", name, answer)) return true;
    folders += length + (folders[length] == ':');
  }
  return false;
}

const char *mn_os_find_program(const char *name, const char *answer, mn_os_function *inside) {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  static char found[PATH_MAX];
  static bool is_found; /* both guarded by the mutex; once true, they stay */
  (void)pthread_mutex_lock(&mutex);
  if (!is_found)
    is_found = find_beside(found, name, answer, inside) || find_on_path(found, name, answer);
  const char *path = is_found ? found : NULL;
  (void)pthread_mutex_unlock(&mutex);
  return path;
}
