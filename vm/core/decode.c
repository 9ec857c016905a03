/* core/decode.c -- reading messages.
 *
 * The decoder lives on the C stack and owns nothing: whatever throws, there is nothing to give back,
 * and a hook may decode another message meanwhile. Bytes are believed nothing: each count is covered
 * by bytes that are there before anything is made of it (`owed` are those promised to tables that
 * are being filled), each number of an object or a reference is checked. */
#include <lauxlib.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "core/binding.h"
#include "core/classes.h"
#include "core/code.h"
#include "core/codec.h"
#include "core/inside.h"
#include "core/message_format.h"
#include "core/modules.h"
#include "core/numbers.h"

typedef struct decoder {
  lua_State *L;
  const unsigned char *at, *end;
  const mn_message *message;
  size_t owed;      /* bytes that open tables are still to get at least */
  uint32_t objects; /* how many are numbered */
  int depth;
  int known; /* stack index of the sequence of objects by number + 1; 0: nobody refers to them */
  /* Only in a snapshot: stack index of a table that maps each new class to its id, and the number of
   * each inline class that is here already to true. */
  int classes;
} decoder;

static void decode_value(decoder *d);
static void decode_items(decoder *d, bool nested);

/* ---- bytes ---- */

static _Noreturn void malformed(decoder *d) {
  lua_pushliteral(d->L, "malformed message");
  lua_error(d->L);
  for (;;) continue; /* lua_error does not return, but does not say so either */
}

static inline const unsigned char *take(decoder *d, size_t count) {
  if ((size_t)(d->end - d->at) < count) malformed(d);
  const unsigned char *bytes = d->at;
  d->at += count;
  return bytes;
}

static inline unsigned take_byte(decoder *d) {
  if (d->at == d->end) malformed(d);
  return *d->at++;
}

static uint32_t take_count(decoder *d) {
  uint64_t count = 0;
  for (unsigned shift = 0; shift < 35; shift += 7) {
    unsigned byte = take_byte(d);
    count |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80) {
      if (count > UINT32_MAX) break;
      return (uint32_t)count;
    }
  }
  malformed(d);
}

static inline uint16_t take_uint16(decoder *d) {
  uint16_t value;
  memcpy(&value, take(d, sizeof value), sizeof value);
  return value;
}

static inline uint32_t take_uint32(decoder *d) {
  uint32_t value;
  memcpy(&value, take(d, sizeof value), sizeof value);
  return value;
}

static uint64_t take_uint64(decoder *d) {
  uint64_t value;
  memcpy(&value, take(d, sizeof value), sizeof value);
  return value;
}

static mn_handle *take_handle(decoder *d) {
  uint32_t index = take_count(d);
  if (index >= d->message->handles) malformed(d);
  return d->message->body.heap.handles[index];
}

/* ---- objects ---- */

/* The object number `number` is on top of the stack. */
static inline void note_object(decoder *d, uint32_t number) {
  if (d->known == 0) return;
  lua_pushvalue(d->L, -1);
  lua_rawseti(d->L, d->known, (lua_Integer)number + 1);
}

/* Reads the number of an object and pushes that. */
static uint32_t push_object(decoder *d) {
  uint32_t number = take_count(d);
  if (d->known == 0 || number >= d->objects) malformed(d);
  lua_rawgeti(d->L, d->known, (lua_Integer)number + 1);
  return number;
}

/* Levels are counted where encode_value.c counts them, no more and no less: the content of a table
 * and of a function, a TRANSFER, a PRELOAD. All else that holds a value is led by one of these, or
 * may not hold such another: C stack is taken by levels alone. */
static void enter(decoder *d) {
  /* The deepest is the content that was put off within the innermost TRANSFER or PRELOAD. */
  if (++d->depth > MN_DEPTH_MOST + 1) malformed(d);
  if (d->depth % MN_LEVELS_PER_CALL == 0) mn_c_call_enter(d->L);
  mn_stack_need(d->L, LUA_MINSTACK);
}

static void leave(decoder *d) {
  if (d->depth-- % MN_LEVELS_PER_CALL == 0) mn_c_call_leave(d->L);
}

/* ---- tables ---- */

typedef struct counts {
  uint32_t items, pairs;
  bool has_class;
} counts;

/* Reads the counts that follow a table's tag, and makes sure that there can be so much. */
static inline counts take_counts(decoder *d, unsigned tag) {
  counts c = {.has_class = tag >= MN_TAG_TABLE_CLASS};
  if (tag == MN_TAG_TABLE || tag == MN_TAG_TABLE_CLASS) {
    const unsigned char *bytes = take(d, 2);
    c.items = bytes[0];
    c.pairs = bytes[1];
  } else {
    c.items = take_uint32(d);
    c.pairs = take_uint32(d);
  }
  size_t need = c.items + (size_t)2 * c.pairs, left = (size_t)(d->end - d->at);
  if (left < d->owed || left - d->owed < need || c.items > INT_MAX || c.pairs > INT_MAX)
    malformed(d);
  d->owed += need;
  return c;
}

static void decode_key(decoder *d) {
  decode_value(d);
  int type = lua_type(d->L, -1);
  if (type == LUA_TNIL || (type == LUA_TNUMBER && !lua_rawequal(d->L, -1, -1))) malformed(d);
}

static void decode_metatable(decoder *d) {
  decode_value(d);
  if (!lua_istable(d->L, -1)) malformed(d);
  lua_setmetatable(d->L, -2);
}

static void fill_items(decoder *d, int table, uint32_t items) {
  for (uint32_t i = 1;; i++) {
    uint32_t numbers = mn_decode_numbers(d->L, table, i, items, &d->at, d->end);
    d->owed -= numbers;
    i += numbers;
    if (i > items) return;
    d->owed--;
    decode_value(d);
    lua_rawseti(d->L, table, i);
  }
}

/* Fills the table on top of the stack. */
static void fill_table(decoder *d, counts c) {
  lua_State *L = d->L;
  int table = lua_gettop(L);
  enter(d);
  fill_items(d, table, c.items);
  for (uint32_t i = 0; i < c.pairs; i++) {
    d->owed -= 2;
    decode_key(d);
    decode_value(d);
    lua_rawset(L, table);
  }
  if (c.has_class) decode_metatable(d);
  leave(d);
}

static void decode_table(decoder *d, unsigned tag) {
  counts c = take_counts(d, tag);
  lua_createtable(d->L, (int)c.items, (int)c.pairs);
  note_object(d, d->objects++);
  fill_table(d, c);
}

static void decode_table_later(decoder *d) {
  lua_newtable(d->L);
  note_object(d, d->objects++);
}

/* ---- functions ---- */

static mn_code *take_code(decoder *d) {
  mn_handle *object = take_handle(d);
  if (object->type != &mn_code_type) malformed(d);
  return (mn_code *)object;
}

/* Upvalue `index` of the function at `function` becomes the same variable as another's. */
static void join_upvalue(decoder *d, int function, int index) {
  lua_State *L = d->L;
  (void)push_object(d);
  uint32_t other = take_count(d);
  if (!lua_isfunction(L, -1) || lua_iscfunction(L, -1) || other > UINT8_MAX ||
      !lua_upvalueid(L, -1, (int)other) || !lua_upvalueid(L, function, index))
    malformed(d);
  lua_upvaluejoin(L, function, index, -1, (int)other);
  lua_pop(L, 1);
}

/* Reads the upvalues of the Lua function on top of the stack. */
static void decode_upvalues(decoder *d) {
  lua_State *L = d->L;
  int function = lua_gettop(L);
  enter(d);
  int count = (int)take_byte(d);
  for (int i = 1; i <= count; i++) {
    if (d->at < d->end && *d->at == MN_TAG_SHARED) {
      d->at++;
      join_upvalue(d, function, i);
      continue;
    }
    decode_value(d);
    if (!lua_setupvalue(L, function, i)) malformed(d);
  }
  leave(d);
}

static void decode_function(decoder *d, unsigned tag) {
  mn_code *code = take_code(d);
  if (tag == MN_TAG_FUNCTION_PLAIN)
    mn_code_push_plain(d->L, code);
  else
    mn_code_push(d->L, code);
  note_object(d, d->objects++);
  if (tag == MN_TAG_FUNCTION) decode_upvalues(d);
}

/* ---- what is found here ---- */

/* Looks at the tag first: what names itself by a name would take C stack for each byte. */
static void decode_string_value(decoder *d) {
  if (d->at == d->end || !mn_is_string_tag(*d->at)) malformed(d);
  decode_value(d);
}

static void decode_name(decoder *d) {
  decode_string_value(d);
  mn_name_resolve(d->L);
  note_object(d, d->objects++);
}

static void decode_preload(decoder *d) {
  enter(d);
  decode_string_value(d);
  decode_value(d);
  if (!lua_isfunction(d->L, -1)) malformed(d);
  decode_items(d, true);
  mn_preload_set(d->L);
  decode_value(d);
  leave(d);
}

static void decode_handle(decoder *d) {
  mn_handle *object = take_handle(d);
  if (object->type == &mn_code_type || object->type == &mn_snapshot_type) malformed(d);
  mn_push_handle(d->L, object);
}

static void decode_parcel(decoder *d) {
  mn_handle *parcel = take_handle(d);
  if (!parcel->type->unpack) malformed(d);
  mn_push_unpacked(d->L, parcel);
  note_object(d, d->objects++);
}

/* ---- __transfer ---- */

static void decode_transfer(decoder *d) {
  lua_State *L = d->L;
  uint32_t number = d->objects++;
  int count = (int)take_byte(d), function = lua_gettop(L) + 1;
  enter(d);
  mn_stack_need(L, count + LUA_MINSTACK);
  if (d->known != 0) { /* keeps the sequence dense until the value is there */
    lua_pushboolean(L, false);
    lua_rawseti(L, d->known, (lua_Integer)number + 1);
  }
  for (int i = 0; i < count; i++) decode_value(d);
  decode_items(d, true);
  if (count == 0 || !lua_isfunction(L, function)) malformed(d);
  lua_call(L, count - 1, 1);
  if (lua_isnil(L, -1)) luaL_error(L, "a rebuilding function of __transfer returned nil");
  note_object(d, number);
  leave(d);
}

/* ---- classes ---- */

static int decode_message(lua_State *L, const mn_message *message);

static void decode_class_ref(decoder *d) {
  uint64_t id = take_uint64(d);
  uint32_t number = d->objects++;
  mn_handle *object = take_handle(d);
  /* Snapshots don't refer to snapshots: their messages lie two deep at most. */
  if (object->type != &mn_snapshot_type || d->classes != 0) malformed(d);
  if (!mn_class_push(d->L, id)) {
    if (decode_message(d->L, &((mn_snapshot *)object)->message) != 1) malformed(d);
    if (!lua_istable(d->L, -1)) malformed(d);
  }
  note_object(d, number);
}

/* A class that is here already stays as it is: what the message has of it is read past. */
static void decode_known_class(decoder *d, uint32_t number) {
  unsigned tag = take_byte(d);
  note_object(d, number);
  if (tag == MN_TAG_TABLE_LATER) {
    lua_pushboolean(d->L, true);
    lua_rawseti(d->L, d->classes, (lua_Integer)number);
    return;
  }
  if (!mn_is_table_tag(tag)) malformed(d);
  counts c = take_counts(d, tag);
  lua_createtable(d->L, (int)c.items, (int)c.pairs);
  fill_table(d, c);
  lua_pop(d->L, 1);
}

static void decode_new_class(decoder *d, uint32_t number, uint64_t id) {
  lua_State *L = d->L;
  unsigned tag = take_byte(d);
  counts c = {0};
  if (mn_is_table_tag(tag))
    c = take_counts(d, tag);
  else if (tag != MN_TAG_TABLE_LATER)
    malformed(d);
  lua_createtable(L, (int)c.items, (int)c.pairs);
  note_object(d, number);
  lua_pushvalue(L, -1);
  lua_pushinteger(L, (lua_Integer)id);
  lua_rawset(L, d->classes);
  if (tag != MN_TAG_TABLE_LATER) fill_table(d, c);
}

static void decode_class_inline(decoder *d) {
  uint64_t id = take_uint64(d);
  uint32_t number = d->objects++;
  if (d->classes == 0 || id == 0) malformed(d);
  if (mn_class_push(d->L, id))
    decode_known_class(d, number);
  else
    decode_new_class(d, number, id);
}

/* The new classes are complete: from now on this state knows them. */
static void register_classes(decoder *d) {
  lua_State *L = d->L;
  for (lua_pushnil(L); lua_next(L, d->classes); lua_pop(L, 1)) {
    if (!lua_istable(L, -2)) continue;
    uint64_t id = (uint64_t)lua_tointeger(L, -1);
    if (mn_class_push(L, id)) /* by a hook, meanwhile */
      lua_pop(L, 1);
    else
      (void)mn_class_register(L, -2, id);
  }
}

/* ---- values ---- */

static inline void push_string(decoder *d, size_t size) {
  lua_pushlstring(d->L, (const char *)take(d, size), size);
}

static void decode_number(decoder *d, unsigned tag) {
  lua_State *L = d->L;
  lua_Number number;
  switch (tag) {
    case MN_TAG_INT8: lua_pushinteger(L, (int8_t)take_byte(d)); return;
    case MN_TAG_INT16: lua_pushinteger(L, (int16_t)take_uint16(d)); return;
    case MN_TAG_INT32: lua_pushinteger(L, (int32_t)take_uint32(d)); return;
    case MN_TAG_INT64: lua_pushinteger(L, (lua_Integer)take_uint64(d)); return;
    default: memcpy(&number, take(d, sizeof number), sizeof number); lua_pushnumber(L, number);
  }
}

/* What is neither a scalar nor a plain table. */
static void decode_object(decoder *d, unsigned tag) {
  lua_State *L = d->L;
  mn_stack_need(L, LUA_MINSTACK);
  switch (tag) {
    case MN_TAG_REF: (void)push_object(d); return;
    case MN_TAG_LIGHT: lua_pushlightuserdata(L, (void *)(uintptr_t)take_uint64(d)); return;
    case MN_TAG_HANDLE: decode_handle(d); return;
    case MN_TAG_PARCEL: decode_parcel(d); return;
    case MN_TAG_GLOBALS: lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS); return;
    case MN_TAG_NAME: decode_name(d); return;
    case MN_TAG_PRELOAD: decode_preload(d); return;
    case MN_TAG_TABLE_LATER: decode_table_later(d); return;
    case MN_TAG_FUNCTION:
    case MN_TAG_FUNCTION_PLAIN:
    case MN_TAG_FUNCTION_LATER: decode_function(d, tag); return;
    case MN_TAG_CLASS_REF: decode_class_ref(d); return;
    case MN_TAG_CLASS_INLINE: decode_class_inline(d); return;
    case MN_TAG_TRANSFER: decode_transfer(d); return;
    default: malformed(d);
  }
}

/* Pushes the next value. The caller has seen to a few free slots on the stack. */
static void decode_value(decoder *d) {
  lua_State *L = d->L;
  unsigned tag = take_byte(d);
  if (tag < MN_TAG_STRING || tag >= 0xc0) {
    lua_pushinteger(L, (int8_t)tag);
    return;
  }
  if (tag <= MN_TAG_STRING + MN_SHORT_STRING_MOST) {
    push_string(d, tag - MN_TAG_STRING);
    return;
  }
  switch (tag) {
    case MN_TAG_NIL: lua_pushnil(L); return;
    case MN_TAG_FALSE:
    case MN_TAG_TRUE: lua_pushboolean(L, tag == MN_TAG_TRUE); return;
    case MN_TAG_INT8:
    case MN_TAG_INT16:
    case MN_TAG_INT32:
    case MN_TAG_INT64:
    case MN_TAG_FLOAT: decode_number(d, tag); return;
    case MN_TAG_STRING8: push_string(d, take_byte(d)); return;
    case MN_TAG_STRING32: push_string(d, take_uint32(d)); return;
    case MN_TAG_TABLE:
    case MN_TAG_TABLE_WIDE:
    case MN_TAG_TABLE_CLASS:
    case MN_TAG_TABLE_CLASS_WIDE: decode_table(d, tag); return;
    default: decode_object(d, tag);
  }
}

/* ---- items ---- */

/* Pushes nothing: sets the global, if this state has none of that name. */
static void decode_global(decoder *d) {
  lua_State *L = d->L;
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  decode_string_value(d);
  decode_value(d);
  lua_pushvalue(L, -2);
  bool is_set = lua_rawget(L, -4) != LUA_TNIL;
  lua_pop(L, 1);
  if (is_set)
    lua_pop(L, 2);
  else
    lua_rawset(L, -3);
  lua_pop(L, 1);
}

/* True when the object of that number is a class that was here already. */
static bool is_known_class(decoder *d, uint32_t number) {
  if (d->classes == 0) return false;
  bool known = lua_rawgeti(d->L, d->classes, (lua_Integer)number) == LUA_TBOOLEAN;
  lua_pop(d->L, 1);
  return known;
}

static void decode_body(decoder *d) {
  lua_State *L = d->L;
  uint32_t number = push_object(d);
  if (lua_istable(L, -1)) {
    if (is_known_class(d, number)) { /* is read past */
      lua_pop(L, 1);
      lua_newtable(L);
    }
    unsigned tag = take_byte(d);
    if (!mn_is_table_tag(tag)) malformed(d);
    fill_table(d, take_counts(d, tag));
  } else if (lua_isfunction(L, -1) && !lua_iscfunction(L, -1)) {
    decode_upvalues(d);
  } else {
    malformed(d);
  }
  lua_pop(L, 1);
}

/* Reads items to the end of the message, or to END. */
static void decode_items(decoder *d, bool nested) {
  mn_stack_need(d->L, LUA_MINSTACK);
  while (nested || d->at < d->end) {
    switch (take_byte(d)) {
      case MN_TAG_BODY: decode_body(d); break;
      case MN_TAG_GLOBAL: decode_global(d); break;
      case MN_TAG_END:
        if (nested) return;
        malformed(d);
      default: malformed(d);
    }
  }
}

/* ---- messages ---- */

/* Makes the tables that the message needs; how many are on the stack. */
static int push_tables(decoder *d) {
  lua_State *L = d->L;
  int base = lua_gettop(L);
  if (d->message->flags & (MN_MESSAGE_HAS_REFS | MN_MESSAGE_IS_CLASS)) {
    lua_newtable(L);
    d->known = base + 1;
  }
  if (d->message->flags & MN_MESSAGE_IS_CLASS) {
    lua_newtable(L);
    d->classes = base + 2;
  }
  return lua_gettop(L) - base;
}

static int decode_message(lua_State *L, const mn_message *message) {
  const unsigned char *bytes = mn_message_bytes(message);
  decoder d = {.L = L, .at = bytes, .end = bytes + message->size, .message = message};
  if (message->values > message->size || message->values > INT_MAX - 32) malformed(&d);
  int count = (int)message->values;
  mn_stack_need(L, count + LUA_MINSTACK);
  int base = lua_gettop(L), tables = 0;
  if (message->flags & ~MN_MESSAGE_POOLED) tables = push_tables(&d);
  for (int i = 0; i < count; i++) {
    decode_value(&d);
    if (i == 1 && message->flags & MN_MESSAGE_HAS_PATHS) mn_package_set_paths(L);
  }
  if (d.at < d.end) decode_items(&d, false);
  if (d.classes != 0) register_classes(&d);
  for (; tables > 0; tables--) lua_remove(L, base + 1);
  return count;
}

/* One small value, which most messages are. False: nothing was done. */
static inline bool decode_simple(lua_State *L, const mn_message *message) {
  if (message->values != 1 || message->handles > 0 || message->size > MN_MESSAGE_INLINE)
    return false;
  const unsigned char *bytes = message->body.bytes;
  unsigned tag = bytes[0];
  if (!lua_checkstack(L, 1 + LUA_MINSTACK)) return false;
  if (message->size == 1 && (tag < MN_TAG_STRING || tag >= 0xc0)) {
    lua_pushinteger(L, (int8_t)tag);
    return true;
  }
  if (tag == MN_TAG_INT32 && message->size == 5) {
    int32_t value;
    memcpy(&value, bytes + 1, sizeof value);
    lua_pushinteger(L, value);
    return true;
  }
  unsigned length = tag - MN_TAG_STRING;
  if (length > MN_SHORT_STRING_MOST || message->size != length + 1) return false;
  lua_pushlstring(L, (const char *)bytes + 1, length);
  return true;
}

int mn_decode(lua_State *L, const mn_message *message) {
  return decode_simple(L, message) ? 1 : decode_message(L, message);
}

static int l_decode(lua_State *L) {
  const mn_message *message = lua_touserdata(L, 1);
  lua_settop(L, 0);
  return decode_message(L, message);
}

int mn_decode_take(lua_State *L, mn_message *message) {
  mn_message own = *message;
  *message = (mn_message){0};
  if (!mn_message_is_heap(&own)) return mn_decode(L, &own);
  int base = lua_gettop(L);
  if (!lua_checkstack(L, 8)) {
    mn_message_drop(&own);
    mn_stack_need(L, 8); /* says why; but if there is room now, it was for want of memory */
    luaL_error(L, "not enough memory");
  }
  lua_pushcfunction(L, l_decode);
  lua_pushlightuserdata(L, &own);
  int status = lua_pcall(L, 1, LUA_MULTRET, 0);
  mn_message_drop(&own);
  if (status != LUA_OK) lua_error(L);
  mn_stack_need(L, LUA_MINSTACK);
  return lua_gettop(L) - base;
}
