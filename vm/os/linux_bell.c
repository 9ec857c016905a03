/* os/linux_bell.c -- bells on Linux: an eventfd. */
#include <sys/eventfd.h>

#include "os/bell.h"
#include "os/faults.h"
#include "os/process.h"

mn_status mn_bell_open(mn_bell *bell) {
  int descriptor = mn_os_must_fail(MN_CALL_EVENTFD) ? -1 : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (descriptor < 0) return MN_TOO_MANY;
  bell->descriptor = descriptor;
  return MN_OK;
}

void mn_bell_close(mn_bell *bell) {
  mn_os_close(bell->descriptor);
}

void mn_bell_ring(const mn_bell *bell) {
  (void)eventfd_write(bell->descriptor, 1);
}

void mn_bell_silence(const mn_bell *bell) {
  eventfd_t rung;
  (void)eventfd_read(bell->descriptor, &rung);
}
