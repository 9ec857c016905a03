/* core/interrupt.h -- how running Lua code hears that its thread is cancelled or interrupted.
 * Level core. */
#ifndef MN_CORE_INTERRUPT_H
#define MN_CORE_INTERRUPT_H

#include "core/state_data.h"

/* Installs the process's handler of the interrupt signal, for a runtime, before it starts any thread. */
mn_status mn_interrupt_install(void);
/* That runtime has no threads any more. */
void mn_interrupt_remove(void);

/* From here to `leave`, signals that reach the calling OS thread are for `state`. A cancel or an
 * interrupt that came before is noticed now. */
void mn_interrupt_enter(mn_state *state);
void mn_interrupt_leave(mn_state *state);

/* The same for one that is not the only one of its OS thread: signals are for `state` from here on, for none
 * if that is NULL. Gives the one that they were for. */
mn_state *mn_interrupt_turn_to(mn_state *state);

/* The state that signals to the calling OS thread are for; NULL: none is. */
mn_state *mn_interrupt_current(void);

/* Until when the thread may still be busy: MN_FOREVER while it is not cancelled, and 0 until the
 * cancel was raised. Owner thread only. */
mn_time mn_interrupt_latest(const mn_state *state);

/* The state's task is about to be resumed, which may be to be cancelled in its running code. Owner thread
 * only. */
void mn_interrupt_begin_turn(mn_state *state);

/* Code runs in coroutine L from now on, without lua_resume; gives the one before. Owner thread only. */
lua_State *mn_interrupt_switch(mn_state *state, lua_State *L);

/* Forgets a cancel that was asked for or raised, so that the state can go on. Owner thread only. */
void mn_interrupt_reset(mn_state *state);

/* From here on cancels and interrupts are raised in long calls of the string library, too, in all threads
 * of the runtime: its user sits before it. With MOONS_SYSTEM_LUA they can't be. Before there are threads. */
void mn_interrupt_stop_calls(mn_runtime *runtime);

/* The script is about to set or remove a hook of its own: the one that was there counts no more. */
void mn_interrupt_forget_hook(mn_state *state);

/* Throws `cancelled`, with the reason. Owner thread only. */
int mn_throw_cancelled(lua_State *L);
/* Throws what the thread was interrupted with first. `level`: of the code whose line the default gets.
 * Owner thread only. */
int mn_throw_interrupted(lua_State *L, int level);

#endif
