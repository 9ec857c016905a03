/* base/status.c -- the one home of the words that waiting calls return. */
#include "base/status.h"

const char *mn_status_word(mn_status status) {
  switch (status) {
    case MN_OK: return "ok";
    case MN_TIMEOUT: return "timeout";
    case MN_CLOSED: return "closed";
    case MN_EMPTY: return "empty";
    case MN_FULL: return "full";
    case MN_BROKEN: return "broken";
    case MN_CANCELLED: return "cancelled";
    case MN_INTERRUPTED: return "interrupted";
    case MN_PARKED: return "parked";
    case MN_NOMEM: return "not enough memory";
    case MN_NOT_OWNER: return "not the owner";
    case MN_DEADLOCK: return "deadlock";
    case MN_TOO_MANY: return "too many";
    case MN_NOT_PERMITTED: return "not permitted";
    case MN_INVALID: return "invalid";
  }
  return "unknown";
}
