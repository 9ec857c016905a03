/* os/linux_file.c -- the contract of file.h on Linux. */
#define _GNU_SOURCE
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static mn_status read_all(int file, size_t most, mn_buffer *into) {
  enum { PIECE = 1 << 16 };
  size_t before = into->size;
  for (;;) {
    if (!mn_buffer_reserve(into, PIECE)) return MN_NOMEM;
    ssize_t count = read(file, into->data + into->size, PIECE);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return MN_INVALID;
    if (count == 0) return MN_OK;
    into->size += (size_t)count;
    if (into->size - before > most) return MN_FULL;
  }
}

mn_status mn_os_read_file(const char *path, size_t most, mn_buffer *into) {
  struct stat what;
  size_t before = into->size;
  /* O_NONBLOCK: else a pipe of that name would wait for its other end. */
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (file < 0) return MN_INVALID;
  bool is_ordinary = fstat(file, &what) == 0 && S_ISREG(what.st_mode);
  mn_status status = is_ordinary ? read_all(file, most, into) : MN_INVALID;
  if (status != MN_OK) into->size = before;
  (void)close(file);
  return status;
}
