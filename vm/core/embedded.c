/* core/embedded.c -- finding an embedded file. The table is short and made at build time. */
#include "core/embedded.h"

#include <string.h>

const mn_embedded *mn_embedded_find(const char *name) {
  for (const mn_embedded *file = mn_embedded_files; file->name; file++)
    if (strcmp(file->name, name) == 0) return file;
  return NULL;
}
