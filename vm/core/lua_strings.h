/* core/lua_strings.h -- forced into Lua's string library when it is built for moons: what takes long in
 * it, patterns that try on and on and `rep`, can be stopped where the runtime wants that (core/interrupt.h).
 *
 * The library looks for its errors in each step of a pattern, and copies by memcpy in each turn of `rep`;
 * at these places an error may be raised. */
#ifndef MN_CORE_LUA_STRINGS_H
#define MN_CORE_LUA_STRINGS_H

#include "lprefix.h"

#include <signal.h>
#include <string.h>

/* Set by a signal handler of the thread itself. */
extern _Thread_local volatile sig_atomic_t mn_call_is_to_stop;
/* Raises what is to be raised, or gives 0. */
int mn_call_stop(void);

#define MN_CALL_LOOK() (__builtin_expect(mn_call_is_to_stop != 0, 0) && mn_call_stop())

#define luai_likely(x)         (__builtin_expect(((x) != 0), 1))
#define luai_unlikely(x)       (__builtin_expect(((x) != 0), 0) || MN_CALL_LOOK())
#define memcpy(to, from, size) ((void)MN_CALL_LOOK(), memcpy(to, from, size))

#endif
