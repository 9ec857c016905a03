/* core/encode_value.h -- the general road of encoding: every kind of value, by Lua's public API.
 * Level core; private to the codec. Owner thread only. */
#ifndef MN_CORE_ENCODE_VALUE_H
#define MN_CORE_ENCODE_VALUE_H

#include "core/encoder.h"

/* Encodes the values at stack indices first .. first+count-1, and all that hangs on them. Leaves
 * things on the stack. May throw: hooks, memory. */
bool mn_encode_general(mn_encoder *e, int first, int count);

#endif
