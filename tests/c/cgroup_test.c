/* tests/c/cgroup_test.c -- the quota of processors, read from trees as containers have them. */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */

#include "os/cgroup.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char root[] = "/tmp/moons-cgroup-XXXXXX";

static const char *in_root(const char *name) {
  static char path[256];
  (void)snprintf(path, sizeof path, "%s/%s", root, name);
  return path;
}

static void put(const char *name, const char *text) {
  FILE *file = fopen(in_root(name), "w");
  CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void directory(const char *name) {
  CHECK(mkdir(in_root(name), 0700) == 0);
}

static int quota(const char *proc) {
  put("proc", proc);
  char path[256];
  (void)snprintf(path, sizeof path, "%s", in_root("proc"));
  return mn_cgroup_cpu_quota(path, root);
}

static void version_2(void) {
  directory("a");
  directory("a/b");
  CHECK(quota("0::/a/b\n") == 0); /* no files */
  put("a/b/cpu.max", "max 100000\n");
  CHECK(quota("0::/a/b\n") == 0);
  put("a/b/cpu.max", "400000 100000\n");
  CHECK(quota("0::/a/b\n") == 4);
  put("a/b/cpu.max", "150000 100000\n");
  CHECK(quota("0::/a/b\n") == 2);
  put("a/cpu.max", "50000 100000\n"); /* the group above has less */
  CHECK(quota("0::/a/b\n") == 1);
  put("a/cpu.max", "nonsense\n");
  CHECK(quota("0::/a/b\n") == 2);
  CHECK(quota("0::/\n") == 0 && quota("0::/gone\n") == 0 && quota("nonsense") == 0);
  put("cpu.max", "300000 100000\n"); /* of the mount itself, as within a container */
  CHECK(quota("0::/\n") == 3);
  CHECK(unlink(in_root("cpu.max")) == 0);
}

static void version_1(void) {
  directory("cpu");
  directory("cpu/job");
  put("cpu/job/cpu.cfs_quota_us", "-1\n");
  put("cpu/job/cpu.cfs_period_us", "100000\n");
  CHECK(quota("5:memory:/job\n4:cpu,cpuacct:/job\n0::/\n") == 0);
  put("cpu/job/cpu.cfs_quota_us", "250000\n");
  CHECK(quota("5:memory:/job\n4:cpu,cpuacct:/job\n0::/\n") == 3);
  CHECK(quota("4:cpuacct,cpuset:/job\n") == 0);
}

int main(void) {
  CHECK(mkdtemp(root));
  version_2();
  version_1();
  CHECK(mn_cgroup_cpu_quota("/no/such/file", root) == 0);
  char command[300];
  (void)snprintf(command, sizeof command, "rm -r %s", root);
  return system(command) == 0 ? 0 : 1;
}
