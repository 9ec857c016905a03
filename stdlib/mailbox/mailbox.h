/* mailbox/mailbox.h -- the queue that each thread has for what is sent to it.
 * Level stdlib: vm/core, stdlib/queue; never lua.h.
 * A mailbox is made when somebody first sends to the thread or receives in it, closed when the
 * thread's script ends, and lives as long as the thread's object: whoever holds that may use it. */
#ifndef MN_MAILBOX_MAILBOX_H
#define MN_MAILBOX_MAILBOX_H

#include "core/thread.h"
#include "queue/queue.h"

/* The thread's mailbox. MN_CLOSED: the thread has ended; MN_NOMEM. Safe from any thread. */
mn_status mn_mailbox_of(mn_thread *thread, mn_queue **queue);

#endif
