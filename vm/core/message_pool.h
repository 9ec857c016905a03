/* core/message_pool.h -- memory of messages: one thread takes it, any thread gives it back.
 * Level core; never lua.h. A pool belongs to one thread at a time, which alone takes; giving back is
 * safe from any thread, and lock-free. No call blocks.
 *
 * Messages are made here and dropped there, which is what a general allocator does worst: its lock
 * is then fought for with each message. */
#ifndef MN_CORE_MESSAGE_POOL_H
#define MN_CORE_MESSAGE_POOL_H

#include <stddef.h>

typedef struct mn_message_pool mn_message_pool;

/* The largest block, in bytes. What is larger is worth a malloc. */
enum { MN_POOL_MOST = 8192 };

/* NULL: no memory. */
mn_message_pool *mn_message_pool_new(void);

/* No more is taken. The pool goes when the last block is given back, or now. NULL is nothing. */
void mn_message_pool_close(mn_message_pool *pool);

/* A block of at least `size` bytes (1 to MN_POOL_MOST), aligned to 16. NULL: no memory. */
void *mn_message_pool_take(mn_message_pool *pool, size_t size);

/* Gives a block back to the pool it is from. */
void mn_message_pool_give(void *block);

/* Bytes of memory that the pool keeps, for tests. Owner only. */
size_t mn_message_pool_size(const mn_message_pool *pool);

#endif
