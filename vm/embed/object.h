/* embed/object.h -- objects of types that the program defines.
 * Level embed. Any thread, but where a state is given. */
#ifndef MN_EMBED_OBJECT_H
#define MN_EMBED_OBJECT_H

#include "moons.h"

struct lua_State;
typedef struct mn_object_type mn_object_type;

/* Makes the runtime's types of the program's (NULL: none), for mn_free. MOONS_NO_MEMORY, MOONS_INVALID. */
moons_status mn_object_types_new(moons_runtime *runtime, const moons_object_type *const *types,
                                 mn_object_type **made);
/* Makes them known to the runtime's states, of which L is one. May throw. */
void mn_object_types_open(struct lua_State *L, const mn_object_type *types);

#endif
