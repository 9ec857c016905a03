/* os/cgroup.h -- how much of the processors a container leaves to this process.
 * Level os. Safe from any thread. */
#ifndef MN_OS_CGROUP_H
#define MN_OS_CGROUP_H

/* The least quota of the process's control group and those above it, in whole processors, rounded up; 0:
 * there is none, or it can't be read. `proc` is the file that names the group, /proc/self/cgroup, and
 * `mount` where the groups are, /sys/fs/cgroup, in either version. */
int mn_cgroup_cpu_quota(const char *proc, const char *mount);

#endif
