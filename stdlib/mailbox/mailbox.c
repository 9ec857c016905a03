/* mailbox/mailbox.c -- a queue that hangs on its thread. */
#include "mailbox/mailbox.h"

#include "base/alloc.h"

typedef struct mailbox {
  mn_mailbox base; /* first */
  mn_queue *queue; /* a reference */
} mailbox;

static void close(mn_mailbox *base) {
  mn_queue_close(((mailbox *)base)->queue, true);
}

static void destroy(mn_mailbox *base) {
  mn_handle_unref((mn_handle *)(void *)((mailbox *)base)->queue);
  mn_free(base);
}

static mailbox *mailbox_new(void) {
  mailbox *made = mn_alloc(sizeof *made);
  mn_queue *queue = mn_queue_new(0);
  if (!made || !queue) {
    if (queue) mn_handle_unref((mn_handle *)(void *)queue);
    mn_free(made);
    return NULL;
  }
  *made = (mailbox){{close, destroy}, queue};
  return made;
}

mn_status mn_mailbox_of(mn_thread *thread, mn_queue **queue) {
  mn_mailbox *there = atomic_load(&thread->mailbox);
  if (!there) {
    mailbox *made = mailbox_new();
    if (!made) return MN_NOMEM;
    there = mn_thread_set_mailbox(thread, &made->base);
    if (there != &made->base) destroy(&made->base);
  }
  if (there == &mn_mailbox_none) return MN_CLOSED;
  *queue = ((mailbox *)there)->queue;
  return MN_OK;
}
