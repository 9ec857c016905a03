/* core/hash_seed.c -- the seed of Lua's string hashes: random, and one for the whole process, so
 * that states can be copies of each other (core/template.c). */
#include <stdatomic.h>
#include <stdint.h>

#include "core/lua_config.h"
#include "os/os.h"

unsigned int mn_hash_seed(void) {
  static _Atomic uint32_t seed; /* 0: not drawn yet */
  uint32_t drawn = 0, none = 0;
  /* Where the system has no random numbers there is no runtime; a host's own state may be here. */
  while (drawn == 0)
    if (mn_os_random(&drawn, sizeof drawn) != MN_OK) drawn = (uint32_t)mn_clock() | 1;
  return atomic_compare_exchange_strong(&seed, &none, drawn) ? drawn : none;
}
