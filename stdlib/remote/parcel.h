/* remote/parcel.h -- a message as bytes that go to another machine, and back.
 * Level stdlib: vm/core and below; never lua.h.
 *
 * What comes from another machine is believed nothing. Where nobody has proved who he is, it may be plain
 * data only: numbers, strings, booleans and tables of these, a hundred deep at most. Else code and classes
 * may come along. Objects never travel this way. */
#ifndef MN_REMOTE_PARCEL_H
#define MN_REMOTE_PARCEL_H

#include "base/buffer.h"
#include "core/message.h"

/* Appends the message. MN_NOT_PERMITTED: *why says what can't travel. MN_NOMEM. */
mn_status mn_parcel_pack(const mn_message *message, bool all, mn_buffer *out, const char **why);

/* Makes a message of it. MN_INVALID: *why says what is wrong with it. MN_NOT_PERMITTED: it is more than plain
 * data. MN_NOMEM. */
mn_status mn_parcel_unpack(const void *bytes, size_t size, bool all, mn_message *message,
                           const char **why);

#endif
