/* os/linux_cgroup.c -- cpu.max of version 2, cpu.cfs_quota_us and cpu.cfs_period_us of version 1. */
#include "os/cgroup.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_MOST = 4096 };

/* Reads a line without its newline. False: it can't be read. */
static bool read_line(const char *path, char *line, int size) {
  FILE *file = fopen(path, "re");
  if (!file) return false;
  bool there = fgets(line, size, file) != NULL;
  (void)fclose(file);
  if (there) line[strcspn(line, "\n")] = '\0';
  return there;
}

static int processors(long long quota, long long period) {
  if (quota <= 0 || period <= 0) return 0;
  long long count = (quota + period - 1) / period;
  return count > 1 << 20 ? 1 << 20 : (int)count;
}

/* Reads DIRECTORY/NAME as a number; 0: there is none. */
static long long read_number(const char *directory, const char *name) {
  char path[PATH_MOST + 32], line[64];
  (void)snprintf(path, sizeof path, "%s/%s", directory, name);
  return read_line(path, line, sizeof line) ? atoll(line) : 0;
}

static int quota_of(const char *directory, bool v2) {
  if (!v2)
    return processors(read_number(directory, "cpu.cfs_quota_us"),
                      read_number(directory, "cpu.cfs_period_us"));
  char path[PATH_MOST + 32], line[64], *rest;
  (void)snprintf(path, sizeof path, "%s/cpu.max", directory);
  if (!read_line(path, line, sizeof line)) return 0;
  long long quota = strtoll(line, &rest, 10); /* "max" is 0 */
  return processors(quota, atoll(rest));
}

/* The least of the group at MOUNT PATH and those above, up to the mount itself. */
static int least_quota(const char *mount, const char *path, bool v2) {
  char directory[PATH_MOST];
  size_t root = strlen(mount);
  int length = snprintf(directory, sizeof directory, "%s%s", mount, path), least = 0;
  if (length < 0 || (size_t)length >= sizeof directory) return 0;
  for (;;) {
    int quota = quota_of(directory, v2);
    if (quota > 0 && (least == 0 || quota < least)) least = quota;
    char *slash = strrchr(directory, '/');
    if (!slash || (size_t)(slash - directory) < root) return least;
    *slash = '\0';
  }
}

/* True when `name` is one of the names between commas in `list`. */
static bool has_name(const char *list, size_t length, const char *name) {
  size_t size = strlen(name);
  for (const char *at = list, *end = list + length; at < end;) {
    const char *comma = memchr(at, ',', (size_t)(end - at));
    size_t here = (size_t)((comma ? comma : end) - at);
    if (here == size && memcmp(at, name, size) == 0) return true;
    at += here + 1;
  }
  return false;
}

/* A line is "ID:CONTROLLERS:PATH"; version 2's is "0::PATH". */
static int quota_of_line(const char *line, const char *mount) {
  const char *controllers = strchr(line, ':');
  const char *path = controllers ? strchr(controllers + 1, ':') : NULL;
  if (!path) return 0;
  controllers++;
  size_t length = (size_t)(path++ - controllers);
  if (length == 0) return least_quota(mount, path, true);
  if (!has_name(controllers, length, "cpu")) return 0;
  char v1[PATH_MOST];
  int size = snprintf(v1, sizeof v1, "%s/cpu", mount);
  return size < 0 || (size_t)size >= sizeof v1 ? 0 : least_quota(v1, path, false);
}

int mn_cgroup_cpu_quota(const char *proc, const char *mount) {
  char line[PATH_MOST];
  int least = 0;
  FILE *file = fopen(proc, "re");
  if (!file) return 0;
  while (fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = '\0';
    int quota = quota_of_line(line, mount);
    if (quota > 0 && (least == 0 || quota < least)) least = quota;
  }
  (void)fclose(file);
  return least;
}
