/* core/command.h -- commands of the shell, for os.execute and io.popen.
 * Level core. Owner thread only.
 *
 * Upstream's calls (system, pclose) wait for the command whatever happens, and system ignores SIGINT
 * in the whole process meanwhile. Here a cancelled thread ends its command: by SIGTERM, and a second
 * later by SIGKILL. A thread that has been told already that it is cancelled is cleaning up, so its
 * commands run as long as the rest of that may (core/interrupt.c). Signals are left alone: a Ctrl-C
 * at the terminal reaches the command and this process. */
#ifndef MN_CORE_COMMAND_H
#define MN_CORE_COMMAND_H

#include <lua.h>

#include "os/process.h"

/* Waits for the process's end and pushes what os.execute gives; how many values. Throws `cancelled`
 * when it had to end the process itself. `verb` says what is done, for diagnostics. */
int mn_command_finish(lua_State *L, mn_process *process, const char *verb);

/* os.execute([command]) */
int mn_l_execute(lua_State *L);

#endif
