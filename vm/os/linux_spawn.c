/* os/linux_spawn.c -- mn_process_spawn (process.h) on Linux.
 *
 * posix_spawn of glibc shares this process's memory with the child until it runs the program (so what
 * was touched costs nothing), on a stack of its own, with all signals blocked and none of our handlers,
 * and hands back the error of whatever failed. What it can't do is looked after before: finding the
 * program in the PATH of another environment, telling the folder's failure from the program's, and
 * the umask, for which the call is made by a thread that has one of its own. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/descriptors.h"
#include "os/faults.h"
#include "os/process.h"
#include "os/signals.h"

#define DEFAULT_PATH "/bin:/usr/bin"

enum { STANDARD = 3 }; /* of the streams, so many */

/* One start on its way. */
typedef struct launch {
  const mn_program *program;
  char path[PATH_MAX]; /* of the program */
  int folder;          /* -1: ours */
  int streams[MN_STREAMS];
  bool is_copy[MN_STREAMS]; /* of a standard stream, to be closed */
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  pid_t pid;
  int failure;
} launch;

/* ---- finding the program ---- */

static const char *path_of(const mn_program *program) {
  const char *path = NULL;
  if (!program->environment) {
    path = getenv("PATH");
  } else {
    for (const char *const *e = program->environment; *e && !path; e++)
      if (strncmp(*e, "PATH=", 5) == 0) path = *e + 5;
  }
  return path ? path : DEFAULT_PATH;
}

/* Whether `path`, seen from the child's folder, can be run. An error number. */
static int check_runnable(const launch *l, const char *path) {
  int from = l->folder < 0 ? AT_FDCWD : l->folder;
  struct stat about;
  if (fstatat(from, path, &about, 0) < 0) return errno;
  if (!S_ISREG(about.st_mode)) return EACCES;
  return faccessat(from, path, X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

/* Fills in l->path. An error number: as exec would have it, that of a file without permission counts
 * for more than that there is none. */
static int find(launch *l) {
  const char *file = l->program->file;
  if (*file == '\0') return ENOENT;
  if (strchr(file, '/')) {
    if (strlen(file) >= sizeof l->path) return ENAMETOOLONG;
    (void)strcpy(l->path, file);
    return 0;
  }
  int failure = ENOENT;
  const char *end, *path = path_of(l->program);
  for (;; path = end + 1) {
    end = strchrnul(path, ':');
    int size = (int)(end - path);
    int length =
        snprintf(l->path, sizeof l->path, "%.*s%s%s", size, path, size > 0 ? "/" : "./", file);
    if (length > 0 && (size_t)length < sizeof l->path) {
      int answer = check_runnable(l, l->path);
      if (answer == 0) return 0;
      if (answer == EACCES) failure = EACCES;
    }
    if (*end == '\0') return failure;
  }
}

/* ---- what the child is to do ---- */

/* A standard stream of ours that is to be another one of the child's is copied first: its number may be
 * overwritten before its turn. */
static int copy_streams(launch *l) {
  for (int i = 0; i < MN_STREAMS; i++) {
    int given = l->program->streams[i];
    l->streams[i] = given;
    if (given < 0 || given >= STANDARD) continue;
    l->streams[i] = fcntl(given, F_DUPFD_CLOEXEC, MN_STREAMS);
    if (l->streams[i] < 0) return errno;
    l->is_copy[i] = true;
  }
  return 0;
}

static int add_actions(launch *l) {
  int failure = 0;
  if (l->folder >= 0) failure = posix_spawn_file_actions_addfchdir_np(&l->actions, l->folder);
  for (int i = 0; failure == 0 && i < MN_STREAMS; i++)
    if (l->streams[i] >= 0)
      failure = posix_spawn_file_actions_adddup2(&l->actions, l->streams[i], i);
  int last = l->streams[STANDARD] >= 0 ? STANDARD + 1 : STANDARD;
  return failure ? failure : posix_spawn_file_actions_addclosefrom_np(&l->actions, last);
}

static int add_attributes(launch *l) {
  sigset_t mask, defaults;
  int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  mn_child_signal_mask(&mask);
  (void)sigemptyset(&defaults);
  (void)sigaddset(&defaults, SIGPIPE);
  (void)sigaddset(&defaults, SIGXFSZ);
  if (l->program->new_session)
    flags |= POSIX_SPAWN_SETSID;
  else if (l->program->new_group)
    flags |= POSIX_SPAWN_SETPGROUP; /* to 0, which the attributes begin with: its own */
  int failure = posix_spawnattr_setsigmask(&l->attributes, &mask);
  if (failure == 0) failure = posix_spawnattr_setsigdefault(&l->attributes, &defaults);
  return failure ? failure : posix_spawnattr_setflags(&l->attributes, (short)flags);
}

/* ---- starting ---- */

static void spawn(launch *l) {
  const mn_program *p = l->program;
  const char *const *environment = p->environment ? p->environment : mn_os_environment();
  l->failure = mn_os_must_fail(MN_CALL_SPAWN)
                   ? errno
                   : posix_spawn(&l->pid, l->path, &l->actions, &l->attributes,
                                 (char *const *)(uintptr_t)p->arguments,
                                 (char *const *)(uintptr_t)environment);
}

/* The umask belongs to a process's threads together, until one leaves them. */
static void *spawn_apart(void *argument) {
  launch *l = argument;
  if (unshare(CLONE_FS) < 0) {
    l->failure = errno;
    return NULL;
  }
  (void)umask((mode_t)l->program->umask);
  spawn(l);
  return NULL;
}

static void start(launch *l) {
  if (l->program->umask < 0) {
    spawn(l);
    return;
  }
  pthread_t thread;
  sigset_t all, before;
  (void)sigfillset(&all);
  (void)pthread_sigmask(SIG_SETMASK, &all, &before);
  int failure = pthread_create(&thread, NULL, spawn_apart, l);
  (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (failure == 0)
    (void)pthread_join(thread, NULL);
  else
    l->failure = failure;
}

static void prepare_and_start(launch *l) {
  l->failure = posix_spawn_file_actions_init(&l->actions);
  if (l->failure != 0) return;
  l->failure = posix_spawnattr_init(&l->attributes);
  if (l->failure == 0) {
    l->failure = add_actions(l);
    if (l->failure == 0) l->failure = add_attributes(l);
    if (l->failure == 0) start(l);
    (void)posix_spawnattr_destroy(&l->attributes);
  }
  (void)posix_spawn_file_actions_destroy(&l->actions);
}

mn_status mn_process_spawn(mn_process *process, const mn_program *program, bool *folder_failed) {
  launch l = {.program = program, .folder = -1};
  *folder_failed = false;
  if (program->folder) {
    l.folder = mn_descriptor_lift(open(program->folder, O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (l.folder < 0) {
      *folder_failed = true;
      return MN_INVALID;
    }
  }
  l.failure = find(&l);
  if (l.failure == 0) l.failure = copy_streams(&l);
  if (l.failure == 0) prepare_and_start(&l);
  for (int i = 0; i < MN_STREAMS; i++)
    if (l.is_copy[i]) (void)close(l.streams[i]);
  if (l.folder >= 0) (void)close(l.folder);
  errno = l.failure;
  if (l.failure != 0) return MN_INVALID;
  *process = mn_process_of(l.pid);
  return MN_OK;
}
