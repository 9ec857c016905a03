/* main/session.h -- what goes on when an input can't be stopped.
 * Level main; never lua.h.
 *
 * A session reads inputs and runs them in one state, the first one main's own. Ctrl-C has the input
 * raise an error. When that does not end it, a second Ctrl-C leaves the session behind: one more begins,
 * on a thread of its own, in a new state. A session that was left and comes to an end does nothing more. */
#ifndef MN_MAIN_SESSION_H
#define MN_MAIN_SESSION_H

#include "core/state_data.h"

typedef struct mn_session {
  mn_state *state;
  _Atomic uint32_t status; /* reads, runs, or was left (session.c); a futex word */
} mn_session;

/* Runs `loop` with a session in main's state, and with others when they are needed, until the last of
 * them has ended. It does not return if main's own is still busy then: the process ends. Main thread only. */
void mn_sessions_run(mn_state *state, void (*loop)(mn_session *));

/* Around each input that runs. False at its end: the session was left, and its loop has to return. Its
 * thread only. */
void mn_session_begin_run(mn_session *session);
bool mn_session_end_run(mn_session *session);
/* Whether it was left meanwhile. */
bool mn_session_was_left(mn_session *session);

#endif
