/* core/safeio.h -- the part of core/safelib.h that is about files.
 * Level core. Owner thread only.
 *
 * Replaced in every state:
 *   print, io.write, file:write   All arguments are converted or checked first; then they are
 *                  written under the stream's lock, so that one call is never mixed with another's.
 *                  A call with a wrong argument writes nothing (upstream's writes what came before).
 *                  Where the stream is a terminal, status lines (core/status_line.h) make room.
 *   io.popen       Upstream flushes every stream of the process before it starts the command, which
 *                  waits for each thread that is blocked in reading one. Here standard output,
 *                  standard error and the files of this state are flushed. Closing waits for the
 *                  command as os.execute does (core/command.h).
 *   io.open, io.output, io.tmpfile, io.input, io.lines   Note the files that io.popen and a fork have
 *                  to flush.
 *
 * No file that is opened here, nor a pipe, is handed down to commands: mn_open_file stands for fopen
 * in Lua's own io library, too.
 *
 * Safe as they are:
 *   io.read, file:lines, file:seek, file:flush, file:setvbuf   Lock the stream. Threads that read one
 *                  stream share its position; a line over 1 KB may be divided between them.
 *   io.close       The standard files can't be closed, by no thread; other files belong to a state. */
#ifndef MN_CORE_SAFEIO_H
#define MN_CORE_SAFEIO_H

#include <lua.h>
#include <stdio.h>

/* Puts the functions above into a new state, after luaL_openlibs. May throw. */
void mn_safeio_open(lua_State *L);

/* Before a fork, which leaves two processes with the files of this state: writes out all that there is;
 * and gives back what was read ahead, where the file can be read again, since the position is both's, and
 * who closes a file puts it back to where it has come. Waits as any write does. */
void mn_safeio_settle(lua_State *L);

/* fopen, but commands do not inherit the file. */
FILE *mn_open_file(const char *name, const char *mode);

#endif
