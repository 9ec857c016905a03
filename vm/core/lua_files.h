/* core/lua_files.h -- forced into Lua's io library when it is built for moons: the files that it opens
 * (io.lines, io.input) are not handed down to commands. core/safeio.c has the function.
 *
 * Lua's own lprefix.h says what is wanted of the system's headers, so it comes before them. */
#ifndef MN_CORE_LUA_FILES_H
#define MN_CORE_LUA_FILES_H

#include "lprefix.h"

#include <stdio.h>

FILE *mn_open_file(const char *name, const char *mode);
#undef fopen
#define fopen mn_open_file

#endif
