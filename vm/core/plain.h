/* core/plain.h -- the short road of encoding: data without functions, metatables and foreign
 * userdata, read from Lua's own structures. With MOONS_SYSTEM_LUA it is read by Lua's API, and objects take
 * the general road.
 * Level core; private to the codec. Owner thread only; never throws. */
#ifndef MN_CORE_PLAIN_H
#define MN_CORE_PLAIN_H

#include "core/encoder.h"

typedef enum mn_plain {
  MN_PLAIN_DONE,
  MN_PLAIN_HARD,  /* there is more to the values than data: take the general road, from the start */
  MN_PLAIN_FAILED /* the encoder knows why */
} mn_plain;

/* Encodes the values at stack indices first .. first+count-1 (counted from the bottom). */
mn_plain mn_encode_plain(mn_encoder *e, int first, int count);

#endif
