/* os/bell.h -- a descriptor that can be read while the bell rings, for other people's event loops.
 * Level os. Any thread, but open and close. */
#ifndef MN_OS_BELL_H
#define MN_OS_BELL_H

#include "base/status.h"

typedef struct mn_bell {
  int descriptor;
} mn_bell;

/* MN_OK; MN_TOO_MANY: the system has no more descriptors. */
mn_status mn_bell_open(mn_bell *bell);
void mn_bell_close(mn_bell *bell);
void mn_bell_ring(const mn_bell *bell);
void mn_bell_silence(const mn_bell *bell);

#endif
