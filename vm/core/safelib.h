/* core/safelib.h -- Lua's standard library where several threads of one process use it at once.
 * Level core. Owner thread only.
 *
 * Replaced in every state:
 *   print and what writes or opens files   core/safeio.h says how.
 *   os.exit        Main only, refused in other threads. The other threads are cancelled first and
 *                  given a few seconds to end, since the process's end would pull the ground from
 *                  under them. An exit status of 0 becomes 1 when some did not, or when an error was
 *                  printed that nobody had collected.
 *   os.execute     core/command.h says how: a cancelled thread ends its command.
 *   os.setlocale   The locale is the process's and is read by all threads without a lock. Asking is
 *                  always safe; changing it is for main, while no other thread lives.
 *   debug.sethook  Raises `cancelled` in a cancelled thread: its hook is what ends it.
 *   math.randomseed()  Without arguments upstream takes the time and the state's address, which
 *                  threads of one second may share; here it takes random bytes of the system.
 *   C libraries    Stay loaded when a state ends (upstream unloads them). Their thread-local data
 *                  may outlive the state, together with the OS thread, which is kept for reuse.
 *
 * Safe as they are, on the C library that we build for (glibc >= 2.32):
 *   os.getenv      Nothing in Lua changes the environment; a C module that does must not while
 *                  threads read it.
 *   os.tmpname, os.remove, os.rename   Each is one step of the system's.
 *   os.date, os.time   localtime_r, gmtime_r, and mktime, which locks.
 *   os.clock       Safe; it is the processor time of all threads together.
 *   error texts    strerror has a buffer per thread.
 *   require, package.loadlib   dlopen locks, and each state counts its own uses. What a C module
 *                  keeps in static variables is its own affair.
 *   collectgarbage, warn, math.random, load, the rest   The state's own. */
#ifndef MN_CORE_SAFELIB_H
#define MN_CORE_SAFELIB_H

#include <lua.h>

/* Puts the functions above into a new state, after luaL_openlibs. May throw. */
void mn_safelib_open(lua_State *L);

#endif
