/* os/locked_file.h -- a small file that several processes read, add to and replace.
 * Level os. Safe from any thread. Blocks while another one has the file locked, which should not be long.
 *
 * Only who holds the lock replaces the file, and who gets the lock looks whether the file still is the
 * one of that name. */
#ifndef MN_OS_LOCKED_FILE_H
#define MN_OS_LOCKED_FILE_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/status.h"

/* Opens and locks the file; if it is missing it is made, with its folders, for this user alone. MN_INVALID:
 * errno; also for what is no ordinary file. */
mn_status mn_locked_file_open(const char *path, int *file);
void mn_locked_file_close(int file);

/* Adds all of the file to `into`. MN_NOMEM, MN_INVALID: errno. */
mn_status mn_locked_file_read(int file, mn_buffer *into);
/* Whether these lines are the file's last ones. */
bool mn_locked_file_ends_with(int file, const void *bytes, size_t size);
/* Adds lines to the file's end; one that was broken off there is ended first. MN_INVALID: errno. */
mn_status mn_locked_file_append(int file, const void *bytes, size_t size);
/* Puts a new file in its place, whole or not at all; `file`, which is open, is the old one from then
 * on. MN_NOMEM, MN_INVALID: errno. */
mn_status mn_locked_file_replace(const char *path, int file, const void *bytes, size_t size);

#endif
