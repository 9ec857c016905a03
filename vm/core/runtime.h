/* core/runtime.h -- the beginning and the end of a moons.
 * Level core; never lua.h. Made by the program's main thread, closed by it after all else; a hosted one by
 * one thread at a time. */
#ifndef MN_CORE_RUNTIME_H
#define MN_CORE_RUNTIME_H

#include <stdbool.h>

#include "core/runtime_data.h"

/* The calling thread becomes the main thread. NULL: errno says why. */
mn_runtime *mn_runtime_new(int (*open_libraries)(struct lua_State *L));

/* The same within a program that is not ours: see is_hosted. */
mn_runtime *mn_runtime_new_hosted(int (*open_libraries)(struct lua_State *L),
                                  const mn_hosting *hosting);

/* The end of the root scope, on the main thread: no more threads are started; the living ones are
 * joined, daemons cancelled. `failed` (the main chunk did), or a cancel of the main thread before
 * or meanwhile: all are cancelled. True when none is left. False: some were cancelled, now or by the
 * script, but did not end within a few seconds (a C function or a finalizer keeps them); standard
 * error says which. Then the process has to go with them, and the runtime must not be freed. */
bool mn_runtime_finish(mn_runtime *runtime, bool failed);

/* Reports the errors that nobody collected, ends the OS threads, frees all. Main thread only,
 * after mn_runtime_finish and after main's state was closed. True: an error was reported. */
bool mn_runtime_free(mn_runtime *runtime);

/* The file of the command moons, for processes; NULL: there is none. Any thread. */
const char *mn_runtime_program(const mn_runtime *runtime);

/* A module has begun to do something that the end of the main chunk has to wait for, though it is done
 * by daemons; and has ended it. Safe from any thread. */
void mn_runtime_busy(mn_runtime *runtime);
void mn_runtime_idle(mn_runtime *runtime);

#endif
