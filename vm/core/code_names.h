/* core/code_names.h -- which globals a piece of dumped code names.
 * Level core; any thread. */
#ifndef MN_CORE_CODE_NAMES_H
#define MN_CORE_CODE_NAMES_H

#include <stdbool.h>

#include "core/code.h"

/* Fills in names, name_count and env_escapes of `code` from its bytes and env_upvalue. Bytes of
 * another version than Lua 5.4's count as naming nothing. False: no memory. */
bool mn_code_find_names(mn_code *code);

#endif
