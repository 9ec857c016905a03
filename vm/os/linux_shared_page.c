/* os/linux_shared_page.c -- a file in memory. */
#define _GNU_SOURCE /* memfd_create */
#include <sys/mman.h>
#include <unistd.h>

#include "os/descriptors.h"
#include "os/shared_page.h"

enum { PAGE = 4096 };

int mn_os_shared_page_new(void) {
  int descriptor = mn_descriptor_lift(memfd_create("moons", MFD_CLOEXEC));
  if (descriptor < 0 || ftruncate(descriptor, PAGE) == 0) return descriptor;
  (void)close(descriptor);
  return -1;
}

void *mn_os_shared_page_map(int descriptor) {
  void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  return page == MAP_FAILED ? NULL : page;
}

void mn_os_shared_page_unmap(void *page) {
  (void)munmap(page, PAGE);
}
