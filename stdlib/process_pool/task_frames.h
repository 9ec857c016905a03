/* process_pool/task_frames.h -- how tasks of a pool go to a process, and what comes back.
 * Level stdlib: vm/core and below; never lua.h.
 *
 * A CALL of MN_PEER_ROUTINE gives the function of the calls of MN_PEER_TASK that follow; it has no
 * answer. A task's message has the arguments; its `parameter` is 0, or that of a chunk, whose number
 * is `stayed`. The answer's `parameter` is how long the call took, in nanoseconds. A chunk that fails
 * is answered by two frames: a PARTIAL with the results before the failure, and the ERROR. */
#ifndef MN_PROCESS_POOL_TASK_FRAMES_H
#define MN_PROCESS_POOL_TASK_FRAMES_H

#include "futures/future.h"
#include "process/channel.h"

#define MN_PEER_ROUTINE "routine"
#define MN_PEER_TASK    "task"

enum { MN_TASK_WORN_OUT = 1 }; /* a flag of the answer: the process begins no more tasks */

static inline uint64_t mn_task_parameter(const mn_chunk *chunk) {
  return (uint64_t)1 << 63 | (uint64_t)chunk->arity << 32 | chunk->items;
}

static inline uint32_t mn_task_items(uint64_t parameter) {
  return (uint32_t)parameter;
}

static inline uint32_t mn_task_arity(uint64_t parameter) {
  return (uint32_t)(parameter >> 32) & INT32_MAX;
}

#endif
