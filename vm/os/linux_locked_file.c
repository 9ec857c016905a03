/* os/linux_locked_file.c -- the contract of locked_file.h on Linux. */
#define _GNU_SOURCE
#include "os/locked_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

/* Makes the folders of `path`, as far as they are missing. */
static void make_folders(const char *path) {
  char *folder = mn_alloc_text(path);
  if (!folder) return;
  for (char *slash = *folder ? strchr(folder + 1, '/') : NULL; slash;
       slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    (void)mkdir(folder, 0700);
    *slash = '/';
  }
  mn_free(folder);
}

static int open_file(const char *path) {
  /* O_NONBLOCK: else a pipe of that name would wait for its other end. */
  enum { FLAGS = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };
  int file = open(path, FLAGS, 0600);
  if (file >= 0 || errno != ENOENT) return file;
  make_folders(path);
  return open(path, FLAGS, 0600);
}

static mn_status lock(int file) {
  while (flock(file, LOCK_EX) != 0)
    if (errno != EINTR) return MN_INVALID;
  return MN_OK;
}

mn_status mn_locked_file_open(const char *path, int *file) {
  for (;;) {
    struct stat ours, named;
    int opened = open_file(path);
    if (opened < 0) return MN_INVALID;
    if (fstat(opened, &ours) != 0 || lock(opened) != MN_OK) goto fail;
    if (!S_ISREG(ours.st_mode)) {
      errno = EINVAL;
      goto fail;
    }
    if (stat(path, &named) == 0 && named.st_dev == ours.st_dev && named.st_ino == ours.st_ino) {
      *file = opened;
      return MN_OK;
    }
    (void)close(opened); /* it was replaced while we waited */
    continue;
  fail:;
    int failure = errno;
    (void)close(opened);
    errno = failure;
    return MN_INVALID;
  }
}

void mn_locked_file_close(int file) {
  (void)close(file);
}

mn_status mn_locked_file_read(int file, mn_buffer *into) {
  struct stat about;
  if (fstat(file, &about) != 0 || lseek(file, 0, SEEK_SET) != 0) return MN_INVALID;
  size_t expected = about.st_size > 0 ? (size_t)about.st_size : 0;
  for (;;) {
    if (!mn_buffer_reserve(into, expected + 1)) return MN_NOMEM;
    ssize_t got = read(file, into->data + into->size, into->capacity - into->size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return MN_INVALID;
    if (got == 0) return MN_OK;
    into->size += (size_t)got;
    expected = 4096;
  }
}

static mn_status write_all(int file, const void *bytes, size_t size) {
  const char *at = bytes;
  while (size > 0) {
    ssize_t written = write(file, at, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return MN_INVALID;
    at += written;
    size -= (size_t)written;
  }
  return MN_OK;
}

bool mn_locked_file_ends_with(int file, const void *bytes, size_t size) {
  char part[4096];
  off_t at = lseek(file, 0, SEEK_END) - (off_t)size;
  if (at < 0) return false;
  if (at > 0 && (pread(file, part, 1, at - 1) != 1 || *part != '\n')) return false;
  for (const char *wanted = bytes; size > 0;) {
    ssize_t got = pread(file, part, size < sizeof part ? size : sizeof part, at);
    if (got <= 0 || memcmp(part, wanted, (size_t)got) != 0) return false;
    at += got;
    wanted += got;
    size -= (size_t)got;
  }
  return true;
}

mn_status mn_locked_file_append(int file, const void *bytes, size_t size) {
  char last = '\n';
  off_t end = lseek(file, 0, SEEK_END);
  if (end > 0) (void)!pread(file, &last, 1, end - 1);
  if (last != '\n' && write_all(file, "\n", 1) != MN_OK) return MN_INVALID;
  return write_all(file, bytes, size);
}

/* Writes a new file beside the old one, whose mode it gets. */
static mn_status write_new(const char *path, int old, const void *bytes, size_t size) {
  struct stat about;
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return MN_INVALID;
  mn_status status = write_all(file, bytes, size);
  if (status == MN_OK && fstat(old, &about) == 0) (void)fchmod(file, about.st_mode & 0777);
  if (status == MN_OK && fsync(file) != 0) status = MN_INVALID;
  if (close(file) != 0) status = MN_INVALID;
  if (status != MN_OK) (void)unlink(path);
  return status;
}

mn_status mn_locked_file_replace(const char *path, int file, const void *bytes, size_t size) {
  static const char ending[] = ".new";
  char *real = realpath(path, NULL); /* the file itself, if the name is a link */
  if (!real) return errno == ENOMEM ? MN_NOMEM : MN_INVALID;
  mn_status status = MN_NOMEM;
  size_t length = strlen(real);
  char *beside = mn_alloc(length + sizeof ending);
  if (beside) {
    memcpy(beside, real, length);
    memcpy(beside + length, ending, sizeof ending);
    status = write_new(beside, file, bytes, size);
    if (status == MN_OK && rename(beside, real) != 0) {
      status = MN_INVALID;
      (void)unlink(beside);
    }
  }
  mn_free(beside);
  free(real);
  return status;
}
