/* os/folder.h -- what is in a folder.
 * Level os. Safe from any thread. Blocks as long as the disk does. */
#ifndef MN_OS_FOLDER_H
#define MN_OS_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/* Writes the names that begin with `prefix`, in no order, each with a zero after it, and with a '/' before
 * that if it is a folder, or a link to one. "." and ".." are left out. *size: how many bytes were
 * written; *is_whole: the folder has no more of them. It need not be: there is not that much room, or
 * so much in the folder that looking at all of it would take long.
 * MN_INVALID: the folder can't be read; errno. */
mn_status mn_folder_list(const char *path, const char *prefix, char *names, size_t room,
                         size_t *size, bool *is_whole);

#endif
