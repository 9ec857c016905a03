/* core/encode.c -- the three roads of encoding.
 *
 * One small value needs no scratch memory. Plain data takes the short road, which can't throw. All
 * else takes the general road, in a protected call, so that references taken are given back whatever
 * a hook does. What they make is decoded to the same values, though not always the same bytes: an
 * integer alone takes 1, 5 or 9, and large holes in a sequence are skipped by the general road only.
 * A road that can't go on starts nothing. */
#include <lauxlib.h>
#include <stdio.h>

#include "core/encode_value.h"
#include "core/inside.h"
#include "core/message_format.h"
#include "core/plain.h"
#include "core/state_data.h"

/* ---- one value ---- */

/* The head of a message with one value that fits into the struct; its bytes are still to be put. */
static unsigned char *start_inline(mn_message *message, size_t size) {
  message->size = (uint32_t)size;
  message->values = 1;
  message->handles = 0;
  message->flags = 0;
  return message->body.bytes;
}

static bool encode_byte(mn_message *message, unsigned byte) {
  start_inline(message, 1)[0] = (unsigned char)byte;
  return true;
}

static bool encode_eight(mn_message *message, unsigned tag, const void *bytes) {
  unsigned char *at = start_inline(message, 9);
  at[0] = (unsigned char)tag;
  memcpy(at + 1, bytes, 8);
  return true;
}

static bool encode_integer(mn_message *message, lua_Integer value) {
  if (value >= -64 && value <= 63) return encode_byte(message, (unsigned)value & 0xff);
  if (value != (int32_t)value) return encode_eight(message, MN_TAG_INT64, &value);
  int32_t number = (int32_t)value;
  unsigned char *at = start_inline(message, 5);
  at[0] = MN_TAG_INT32;
  memcpy(at + 1, &number, sizeof number);
  return true;
}

/* NULL: no memory. */
static mn_codec *codec_of(lua_State *L) {
  mn_state *state = mn_state_of(L);
  if (!state->codec) state->codec = mn_codec_new();
  return state->codec;
}

/* A long string is copied once, right into its message. */
static bool encode_string(lua_State *L, mn_message *message, const char *text, size_t size) {
  unsigned char head[8];
  size_t head_size = mn_string_head(head, size);
  if (size > MN_MESSAGE_MOST - sizeof head) return false;
  unsigned char *at;
  if (head_size + size <= MN_MESSAGE_INLINE) {
    at = start_inline(message, head_size + size);
  } else {
    mn_codec *codec = codec_of(L);
    mn_message_pool *pool = codec ? mn_codec_pool(codec) : NULL;
    at = mn_message_start(message, pool, head_size + size, 1, 0, 0);
    if (!at) return false;
  }
  memcpy(at, head, head_size);
  memcpy(at + head_size, text, size);
  return true;
}

/* False: not that simple; nothing has happened. */
static bool encode_simple(lua_State *L, int index, mn_message *message) {
  size_t size;
  const char *text;
  switch (lua_type(L, index)) {
    case LUA_TNIL: return encode_byte(message, MN_TAG_NIL);
    case LUA_TBOOLEAN:
      return encode_byte(message, lua_toboolean(L, index) ? MN_TAG_TRUE : MN_TAG_FALSE);
    case LUA_TNUMBER:
      if (lua_isinteger(L, index)) return encode_integer(message, lua_tointeger(L, index));
      return encode_eight(message, MN_TAG_FLOAT, &(lua_Number){lua_tonumber(L, index)});
    case LUA_TSTRING:
      text = lua_tolstring(L, index, &size);
      return encode_string(L, message, text, size);
    default: return false;
  }
}

/* ---- the general road, protected ---- */

typedef struct job {
  mn_encoder *e;
  const char *root;
  int number;
} job;

/* Puts the name of the value in front of the path: "%d" in it is the value's number. */
static void refuse_by_root(const job *j) {
  char root[128];
  const char *mark = strstr(j->root, "%d");
  if (mark)
    snprintf(root, sizeof root, "%.*s%d%s", (int)(mark - j->root), j->root, j->number + j->e->root,
             mark + 2);
  mn_refusal_in_root(j->e, mark ? root : j->root, "%s", "");
}

/* Takes a job and the values to encode; throws the refusal. */
static int l_encode(lua_State *L) {
  const job *j = lua_touserdata(L, 1);
  if (mn_encode_general(j->e, 2, lua_gettop(L) - 1)) return 0;
  refuse_by_root(j);
  mn_refusal_push(j->e);
  return lua_error(L);
}

static int l_push_text(lua_State *L) {
  lua_pushstring(L, lua_touserdata(L, 1));
  return 1;
}

/* Pushes the text, or Lua's own "not enough memory" for want of it. Does not throw: the callers of
 * mn_encode may hold what nobody else would free. Always false. */
static bool fail(lua_State *L, const char *text) {
  lua_pushcfunction(L, l_push_text);
  lua_pushlightuserdata(L, (void *)(uintptr_t)text);
  (void)lua_pcall(L, 1, 1, 0);
  return false;
}

/* What lua_pcall gives; unless LUA_OK, the error is on top of the stack. */
static int encode_once(lua_State *L, int first, int count, job *j) {
  lua_pushcfunction(L, l_encode);
  lua_pushlightuserdata(L, j);
  for (int i = 0; i < count; i++) lua_pushvalue(L, first + i);
  int gc = mn_gc_pause(L);
  int status = lua_pcall(L, count + 1, 0, 0);
  mn_gc_resume(L, gc);
  return status;
}

/* False: the error is on top of the stack. While the collector rests, garbage is in the way; where no
 * hook was called, a second try after a collection does no harm. */
static bool encode_protected(lua_State *L, int first, int count, job *j) {
  if (!lua_checkstack(L, count + 8)) return fail(L, "too many values to send at once");
  int status = encode_once(L, first, count, j);
  if (status == LUA_ERRMEM && !j->e->ran_hook && mn_gc_make_room(L)) {
    lua_pop(L, 1);
    mn_encoder_reset(j->e);
    status = encode_once(L, first, count, j);
  }
  return status == LUA_OK;
}

bool mn_encode(lua_State *L, int first, int count, const char *root, int number,
               mn_message *message) {
  if (count == 1 && encode_simple(L, first, message)) return true;
  first = lua_absindex(L, first);
  mn_codec *codec = codec_of(L);
  mn_encoder *e = codec ? mn_codec_enter(codec, L) : NULL;
  if (!e) return fail(L, mn_failure_text(MN_FAILED_MEMORY));
  bool is_pushed = false;
  mn_plain plain = mn_encode_plain(e, first, count);
  if (plain == MN_PLAIN_HARD) {
    mn_encoder_reset(e);
    is_pushed = !encode_protected(L, first, count, &(job){e, root, number});
  }
  bool done =
      !is_pushed && plain != MN_PLAIN_FAILED && mn_encoder_finish(e, (uint32_t)count, message);
  mn_failure failure = e->failure;
  mn_codec_leave(e);
  return done || is_pushed ? done : fail(L, mn_failure_text(failure));
}

void mn_message_set_paths(mn_message *message) {
  message->flags |= MN_MESSAGE_HAS_PATHS;
}
