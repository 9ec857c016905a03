/* core/originals.h -- what a state's globals and modules were before any script ran: asking.
 * Level core. Owner thread only. What is pristine exists in every state, so it need not travel. */
#ifndef MN_CORE_ORIGINALS_H
#define MN_CORE_ORIGINALS_H

#include "core/globals.h"

/* Pushes the part `which` of the record (core/globals.h): a table, empty in a state where nothing was
 * noted; or package.searchpath. May throw. */
void mn_originals_push(lua_State *L, mn_originals which);

#endif
