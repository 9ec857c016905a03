/* core/hash_seed.c -- the seed of Lua's string hashes: random, and one for the whole process, so
 * that states can be copies of each other (core/template.c). */
#include <stdatomic.h>
#include <stdint.h>

#include "core/lua_config.h"
#include "os/os.h"

unsigned int mn_hash_seed(void) {
  static _Atomic uint32_t seed; /* 0: not drawn yet */
  uint32_t drawn = 0, none = 0;
  while (drawn == 0) mn_os_random(&drawn, sizeof drawn);
  return atomic_compare_exchange_strong(&seed, &none, drawn) ? drawn : none;
}
