/* os/linux_tree.c -- mn_process_terminate and mn_process_kill: a process and all that it has started.
 *
 * A shell hands down no signal to the commands that it waits for, so each gets its own. A list of them is
 * out of date when it is read, since a process may start its next one meanwhile; so each is stopped first,
 * from the top down, and its children are read when it stands still. The kernel's list of children may
 * leave one out when another of them ends meanwhile, so it is read until nobody new is in it. */
#define _GNU_SOURCE
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "os/os.h"
#include "os/process.h"

/* How long all of them have to stand still: some milliseconds, but for a busy machine. One that waits for
 * a disk can't; its children are read as they are then. */
#define STANDSTILL (2 * MN_SECOND)
/* Between two looks at one that does not stand still yet. */
#define LOOK_AGAIN (MN_SECOND / 5000)

/* A process comes before those that it started. Past the end of the room nobody is added: nobody makes
 * that many on purpose. */
enum { MOST = 1024 };
typedef struct {
  int count;
  int pids[MOST];
} mn_tree;

enum { PATH_SIZE = 64 };

/* The state's letter of a thread, 'X' where it is no more. */
static char thread_state(int pid, int thread) {
  char path[PATH_SIZE], text[512];
  (void)snprintf(path, sizeof path, "/proc/%d/task/%d/stat", pid, thread);
  FILE *file = fopen(path, "re");
  if (!file) return 'X';
  size_t size = fread(text, 1, sizeof text - 1, file);
  (void)fclose(file);
  text[size] = '\0';
  /* NUMBER (NAME) STATE, and the name may have parentheses of its own. */
  const char *end = strrchr(text, ')');
  return end && end[1] == ' ' ? end[2] : 'X';
}

/* Calls `visit` with each thread of the process, until it says false; so does this then. */
static bool each_thread(int pid, bool (*visit)(int pid, int thread, mn_tree *tree), mn_tree *tree) {
  char path[PATH_SIZE];
  (void)snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *folder = opendir(path);
  if (!folder) return true;
  bool go_on = true;
  for (struct dirent *entry; go_on && (entry = readdir(folder));)
    if (entry->d_name[0] != '.') go_on = visit(pid, atoi(entry->d_name), tree);
  (void)closedir(folder);
  return go_on;
}

static bool stands_still(int pid, int thread, mn_tree *tree) {
  (void)tree;
  return strchr("TtZX", thread_state(pid, thread)) != NULL;
}

static void add(mn_tree *tree, int pid) {
  for (int i = 0; i < tree->count; i++)
    if (tree->pids[i] == pid) return;
  if (tree->count < MOST) tree->pids[tree->count++] = pid;
}

static bool add_children(int pid, int thread, mn_tree *tree) {
  char path[PATH_SIZE];
  (void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, thread);
  FILE *file = fopen(path, "re");
  if (!file) return true;
  for (int child; fscanf(file, "%d", &child) == 1;) add(tree, child);
  (void)fclose(file);
  return true;
}

static void stop(int pid, mn_time latest) {
  if (kill(pid, SIGSTOP) != 0)
    return; /* it is gone, or somebody else's, who can't be ended either */
  while (!each_thread(pid, stands_still, NULL) && mn_clock() < latest)
    (void)nanosleep(&(struct timespec){.tv_nsec = LOOK_AGAIN}, NULL);
}

static void stop_tree(mn_tree *tree) {
  mn_time latest = mn_clock() + STANDSTILL;
  int stopped = 0, before;
  do {
    before = tree->count;
    for (int i = 0; i < tree->count; i++) {
      if (i == stopped) stop(tree->pids[stopped++], latest);
      (void)each_thread(tree->pids[i], add_children, tree);
    }
  } while (tree->count > before);
}

static void signal_tree(int pid, int signal) {
  mn_tree tree = {.count = 1, .pids = {pid}};
  stop_tree(&tree);
  /* Those above come first: a shell would only start its next command otherwise. */
  for (int i = 0; i < tree.count; i++) (void)kill(tree.pids[i], signal);
  for (int i = 0; i < tree.count; i++) (void)kill(tree.pids[i], SIGCONT);
}

int mn_process_children(int *pids, int most) {
  mn_tree tree = {.count = 0};
  (void)each_thread(getpid(), add_children, &tree);
  int count = tree.count < most ? tree.count : most;
  memcpy(pids, tree.pids, (size_t)count * sizeof *pids);
  return count;
}

void mn_process_terminate(const mn_process *process) {
  signal_tree(process->pid, SIGTERM);
}

void mn_process_kill(const mn_process *process) {
  signal_tree(process->pid, SIGKILL);
}
