/* core/plain_bytes.h -- whether a message's bytes are plain data, before anybody decodes them.
 * Level core; never lua.h. Safe from any thread.
 *
 * For bytes of strangers: to decode plain data calls no function, loads no code and no module, and takes
 * memory in proportion to the bytes. */
#ifndef MN_CORE_PLAIN_BYTES_H
#define MN_CORE_PLAIN_BYTES_H

#include <stdbool.h>
#include <stddef.h>

/* Numbers, strings, booleans, nil and tables without a metatable, none of whose contents was put off for its
 * depth. True does not say that they can be decoded. */
bool mn_plain_bytes_are(const void *bytes, size_t size);

#endif
