/* main/live.h -- lines at the foot of the terminal that are drawn anew as they change, until a key ends that.
 * Level main. One thread at a time, and no line is edited meanwhile. What others write goes above. */
#ifndef MN_MAIN_LIVE_H
#define MN_MAIN_LIVE_H

#include <lauxlib.h>

/* For the REPL's Lua half: live_open, live_show, live_key, live_close. */
extern const luaL_Reg mn_live_functions[];

#endif
