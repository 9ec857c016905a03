/* core/template.h -- new states as copies of one that was built before.
 * Level core. A template is immutable, so any thread may copy it. */
#ifndef MN_CORE_TEMPLATE_H
#define MN_CORE_TEMPLATE_H

#include "core/state_data.h"

typedef struct mn_template mn_template;

/* Builds a template for the runtime's states. NULL: no memory, or this build's states can't be
 * copied (then each is opened library by library). */
mn_template *mn_template_new(mn_runtime *runtime, mn_thread *thread);
void mn_template_free(mn_template *image);

/* Makes `block` (MN_ARENA_FIRST bytes, aligned like mn_arena_block_new's) a copy. Its runtime,
 * thread and codec are yet to be set. */
mn_state *mn_template_copy(const mn_template *image, void *block);

#endif
