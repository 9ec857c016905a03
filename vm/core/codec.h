/* core/codec.h -- Lua values to messages and back.
 * Level core; a file that includes lua.h. Owner thread only: whoever runs the state.
 *
 * Encoding runs no Lua code but `__transfer` hooks, copies everything but handles, and either makes
 * a whole message or changes nothing. The collector rests meanwhile, even when memory runs out: then
 * it fails, or, where no hook was called, collects and tries once more. Hooks may use the codec
 * themselves. docs/messages.md says what travels, and how. */
#ifndef MN_CORE_CODEC_H
#define MN_CORE_CODEC_H

#include <lua.h>
#include <stdbool.h>

#include "core/message.h"

/* Scratch memory of the codec: kept by an OS thread from one state to the next, used by one state
 * at a time. NULL from new: no memory. */
typedef struct mn_codec mn_codec;
mn_codec *mn_codec_new(void);
void mn_codec_free(mn_codec *codec);

/* Encodes the values at stack indices first .. first+count-1 into *message.
 * `root` names them in refusals: a name containing "%d" gets the value's number counted from
 * `number` ("argument #%d" -> "argument #2"), any other stands as it is ("value").
 * True: *message is made, the stack is as it was. False: *message is untouched and one value, the
 * error (a string unless a hook threw something else), is on top of the stack.
 * Never throws, not for lack of memory either: that is the error "not enough memory". The caller has
 * 3 free slots on the stack. */
bool mn_encode(lua_State *L, int first, int count, const char *root, int number,
               mn_message *message);

/* For what a new state begins with: its first two values are package.path and package.cpath there, or nil
 * for the default. They are set before the others are decoded, whose modules may be found only so. */
void mn_message_set_paths(mn_message *message);

/* Pushes the message's values and returns their number; leaves room for LUA_MINSTACK more on the
 * stack. The message stays as it is, so it can be decoded again, elsewhere too.
 * Throws: memory, the Lua stack's limit, a module that can't be loaded here, errors of a rebuilding
 * function, bytes that no encoder makes (a clear error, never a crash). The caller keeps the message
 * alive meanwhile. */
int mn_decode(lua_State *L, const mn_message *message);

/* The same, but uses the message up, whatever happens: it is empty afterwards. */
int mn_decode_take(lua_State *L, mn_message *message);

#endif
