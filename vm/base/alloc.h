/* base/alloc.h -- the only door of the core to malloc, so that tests can fail each call in turn.
 * Level base. Safe from any thread. All sizes in bytes; failure is NULL, never an abort. */
#ifndef MN_BASE_ALLOC_H
#define MN_BASE_ALLOC_H

#include <stddef.h>

void *mn_alloc(size_t size);
void *mn_alloc_zero(size_t size);
void *mn_realloc(void *block, size_t size);
/* `alignment` is a power of two; free with mn_free. */
void *mn_alloc_aligned(size_t alignment, size_t size);
/* A copy with its zero. */
char *mn_alloc_text(const char *text);
void mn_free(void *block);

#ifdef MN_FAULTS
/* Makes the calling thread's allocation number `n` from now (0 is the next) fail, and every one
 * after it when `forever`. A negative `n` turns failing off. Test builds only. */
void mn_alloc_fail_at(long n, int forever);
/* True once an allocation was failed since mn_alloc_fail_at. */
int mn_alloc_did_fail(void);
#endif

#endif
