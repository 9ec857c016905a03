/* os/abandoned.h -- the children of mn_process_abandon (os/process.h), across a fork.
 * Level os, for os/ alone. Main thread only, when there is no other that could abandon one. */
#ifndef MN_OS_ABANDONED_H
#define MN_OS_ABANDONED_H

/* Ends the thread that waits for them, and starts it again. */
void mn_abandoned_pause(void);
void mn_abandoned_resume(void);
/* After a pause, in the child of a fork: they are its parent's. */
void mn_abandoned_forget(void);

#endif
