/* os/file.h -- the content of a file.
 * Level os. Safe from any thread. */
#ifndef MN_OS_FILE_H
#define MN_OS_FILE_H

#include "base/buffer.h"
#include "base/status.h"

/* Adds all of an ordinary file to `into`. MN_FULL: it has more bytes than `most`. MN_INVALID: it is
 * missing, can't be read, or is something else, such as a pipe or a terminal, for which nothing is waited.
 * MN_NOMEM. errno may be changed. */
mn_status mn_os_read_file(const char *path, size_t most, mn_buffer *into);

#endif
