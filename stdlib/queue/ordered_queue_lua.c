/* queue/ordered_queue_lua.c -- what decides on the order of a value, where that is Lua.
 *
 * The order of things in a put: first all that can throw (the key, which runs Lua; the encoding),
 * while C holds nothing; then the key and the put, where nothing throws. A comparison has to run in
 * between: that goes on in a protected call, with the message and the search on the C stack. */
#include "queue/ordered_queue_lua.h"

#include <string.h>

#include "core/binding.h"
#include "core/calling.h"
#include "core/codec.h"
#include "core/options.h"
#include "core/registry.h"

/* Registry keys: the metatable of batches; the table of rules, decoded, by the queue's userdata, which
 * it holds weakly. */
static const char BATCH_KEY, RULES_KEY;

/* ---- keys ---- */

/* A key as bytes that Lua owns, while what made it is on the stack. */
typedef struct raw_key {
  mn_queue_key_kind kind;
  size_t size;
  const unsigned char *bytes;
  unsigned char number[MN_QUEUE_KEY_NUMBER_SIZE];
} raw_key;

/* Refuses argument #1 of put; with a `number` that element of the list. */
static void refuse(lua_State *L, int number, const char *why) {
  if (number > 0) why = lua_pushfstring(L, "value #%d: %s", number, why);
  luaL_argerror(L, 2, why);
}

static void check_number(lua_State *L, int index, int number) {
  if (!lua_rawequal(L, index, index)) refuse(L, number, "NaN has no order");
}

static unsigned char *write_number(lua_State *L, int index, unsigned char *at) {
  return lua_isinteger(L, index) ? mn_queue_key_write_integer(at, lua_tointeger(L, index))
                                 : mn_queue_key_write_float(at, lua_tonumber(L, index));
}

/* How many bytes the element on top of the stack takes after its tag; 0: it ends the key. */
static size_t element_size(lua_State *L, int number) {
  size_t size;
  const char *text;
  switch (lua_type(L, -1)) {
    case LUA_TNUMBER: check_number(L, -1, number); return MN_QUEUE_KEY_NUMBER_SIZE;
    case LUA_TSTRING:
      text = lua_tolstring(L, -1, &size);
      return mn_queue_key_string_size(text, size);
    default: return 0;
  }
}

static unsigned char *write_element(lua_State *L, unsigned char *at, bool first) {
  size_t size;
  const char *text;
  switch (lua_type(L, -1)) {
    case LUA_TNUMBER:
      if (!first) *at++ = MN_QUEUE_KEY_TAG_NUMBER;
      return write_number(L, -1, at);
    case LUA_TSTRING:
      if (!first) *at++ = MN_QUEUE_KEY_TAG_STRING;
      text = lua_tolstring(L, -1, &size);
      return mn_queue_key_write_string(at, text, size);
    default: *at++ = MN_QUEUE_KEY_TAG_OTHER; return at;
  }
}

/* How many bytes the list takes, and how many of its elements count. */
static size_t list_size(lua_State *L, int list, int number, lua_Integer *elements) {
  size_t whole = 0;
  for (lua_Integer i = 1; lua_rawgeti(L, list, i) != LUA_TNIL; i++) {
    size_t size = element_size(L, number);
    lua_pop(L, 1);
    whole += size + 1;
    *elements = i;
    if (size == 0) return whole;
  }
  lua_pop(L, 1);
  return whole;
}

static void read_list(lua_State *L, int list, int number, raw_key *raw) {
  int type = lua_rawgeti(L, list, 1);
  if (type != LUA_TNUMBER && type != LUA_TSTRING)
    refuse(L, number,
           lua_pushfstring(L, "number or string expected as first element, got %s",
                           luaL_typename(L, -1)));
  raw->kind = type == LUA_TNUMBER ? MN_QUEUE_KEY_NUMBER : MN_QUEUE_KEY_STRING;
  lua_pop(L, 1);
  lua_Integer elements = 0;
  size_t room = list_size(L, list, number, &elements);
  unsigned char *bytes = lua_newuserdatauv(L, room, 0), *at = bytes;
  for (lua_Integer i = 1; i <= elements; i++) {
    lua_rawgeti(L, list, i);
    /* A finalizer may have run, and changed the list. */
    if (room - (size_t)(at - bytes) < element_size(L, number) + 1)
      luaL_error(L, "the list was changed while it was put");
    at = write_element(L, at, i == 1);
    lua_pop(L, 1);
  }
  raw->bytes = bytes;
  raw->size = (size_t)(at - bytes);
}

static void read_string(lua_State *L, int index, raw_key *raw) {
  size_t size;
  const char *text = lua_tolstring(L, index, &size);
  unsigned char *bytes = lua_newuserdatauv(L, mn_queue_key_string_size(text, size), 0);
  raw->kind = MN_QUEUE_KEY_STRING;
  raw->bytes = bytes;
  raw->size = (size_t)(mn_queue_key_write_string(bytes, text, size) - bytes);
}

/* Reads the key that is at `index`; leaves a few values on the stack. */
static void read_key(lua_State *L, int index, int number, raw_key *raw) {
  index = lua_absindex(L, index);
  switch (lua_type(L, index)) {
    case LUA_TNUMBER:
      check_number(L, index, number);
      raw->kind = MN_QUEUE_KEY_NUMBER;
      raw->bytes = raw->number;
      raw->size = (size_t)(write_number(L, index, raw->number) - raw->number);
      break;
    case LUA_TSTRING: read_string(L, index, raw); break;
    case LUA_TTABLE: read_list(L, index, number, raw); break;
    default:
      refuse(L, number,
             lua_pushfstring(L, "number, string or list expected as key, got %s",
                             luaL_typename(L, index)));
  }
}

/* ---- rules: a field's name, a key function, a comparator ---- */

/* Pushes the rule of the queue at index 1, decoded once in each state. */
static void push_rule(lua_State *L, const mn_ordered_queue *queue) {
  mn_registry_push_weak(L, &RULES_KEY, "k");
  lua_pushvalue(L, 1);
  if (lua_rawget(L, -2) == LUA_TNIL) {
    lua_pop(L, 1);
    (void)mn_decode(L, mn_ordered_queue_rule(queue));
    lua_pushvalue(L, 1);
    lua_pushvalue(L, -2);
    lua_rawset(L, -4);
  }
  lua_remove(L, -2);
}

/* Reads the key of the value at `index`, by the queue's rule if there is one. */
static void make_key(lua_State *L, const mn_ordered_queue *queue, int index, int number,
                     raw_key *raw) {
  *raw = (raw_key){0};
  if (mn_ordered_queue_order(queue) != MN_ORDER_KEY) return;
  index = lua_absindex(L, index);
  if (mn_ordered_queue_rule(queue)->values > 0) {
    push_rule(L, queue);
    if (lua_type(L, -1) == LUA_TFUNCTION) {
      lua_pushvalue(L, index);
      lua_call(L, 1, 1);
    } else {
      if (!lua_istable(L, index) && !lua_isuserdata(L, index))
        refuse(L, number,
               lua_pushfstring(L, "table with the field '%s' expected, got %s", lua_tostring(L, -1),
                               luaL_typename(L, index)));
      lua_pushvalue(L, -1);
      lua_gettable(L, index);
    }
    index = lua_gettop(L);
  }
  read_key(L, index, number, raw);
}

/* ---- putting one ---- */

/* Makes the entry's key, whose message is made already. Throws, then the message is dropped. */
static void finish_entry(lua_State *L, const raw_key *raw, mn_entry *entry) {
  entry->key = (mn_queue_key){0};
  mn_status status = mn_queue_key_make(&entry->key, raw->kind, raw->bytes, raw->size);
  if (status == MN_OK) return;
  mn_message_drop(&entry->message);
  luaL_error(L, "%s", status == MN_NOMEM ? mn_status_word(status) : "the key is too long");
}

static const char *mixed_text(mn_queue_key_kind kind) {
  return kind == MN_QUEUE_KEY_STRING ? "a string has no order among numbers"
                                     : "a number has no order among strings";
}

typedef struct insertion {
  mn_search search;
  mn_message *message;
  mn_status status; /* how it ended */
} insertion;

/* Arguments: an insertion, the comparator, the value. */
static int l_insert(lua_State *L) {
  insertion *i = lua_touserdata(L, 1);
  const mn_message *other;
  while ((i->status = mn_search_step(&i->search, i->message, &other)) == MN_EMPTY) {
    lua_settop(L, 3);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, 3);
    (void)mn_decode(L, other);
    lua_call(L, 2, 1);
    mn_search_answer(&i->search, lua_toboolean(L, -1));
  }
  return 0;
}

/* Puts the message of the value at `index`, for which room is reserved, by the comparator at `rule`.
 * False: that threw, and the error is on top of the stack. Once the message is the queue's it is empty
 * here, whatever threw: a script's hook may, when the call that has put it returns. */
static bool insert(lua_State *L, mn_ordered_queue *queue, mn_message *message, int rule, int index,
                   mn_status *status) {
  insertion i = {.message = message, .status = MN_EMPTY};
  mn_search_begin(&i.search, queue);
  lua_pushcfunction(L, l_insert);
  lua_pushlightuserdata(L, &i);
  lua_pushvalue(L, rule);
  lua_pushvalue(L, index);
  bool ok = lua_pcall(L, 3, 0, 0) == LUA_OK;
  mn_search_end(&i.search, i.status == MN_OK);
  if (i.status == MN_OK) *message = (mn_message){0};
  *status = i.status;
  return ok;
}

static mn_status put_compared(lua_State *L, mn_ordered_queue *queue, const mn_time *deadline) {
  mn_message message;
  push_rule(L, queue);
  int rule = lua_gettop(L);
  mn_encode_or_throw(L, 2, 1, "value", 0, &message);
  mn_status status = deadline ? mn_ordered_queue_reserve(queue, mn_waiter_of(L), *deadline)
                              : mn_ordered_queue_try_reserve(queue);
  bool ok = status != MN_OK || insert(L, queue, &message, rule, 2, &status);
  if (!ok || status != MN_OK) mn_message_drop(&message);
  if (!ok) lua_error(L);
  return status;
}

static mn_status put_entry(lua_State *L, mn_ordered_queue *queue, mn_entry *entry,
                           const mn_time *deadline) {
  return deadline ? mn_ordered_queue_put(queue, entry, mn_waiter_of(L), *deadline)
                  : mn_ordered_queue_try_put(queue, entry);
}

mn_status mn_ordered_queue_put_value(lua_State *L, mn_ordered_queue *queue,
                                     const mn_time *deadline) {
  if (mn_ordered_queue_order(queue) == MN_ORDER_COMPARED) return put_compared(L, queue, deadline);
  raw_key raw;
  mn_entry entry;
  make_key(L, queue, 2, 0, &raw);
  mn_encode_or_throw(L, 2, 1, "value", 0, &entry.message);
  finish_entry(L, &raw, &entry);
  mn_status status = put_entry(L, queue, &entry, deadline);
  if (status != MN_OK) mn_entry_drop(&entry);
  if (status == MN_INVALID) refuse(L, 0, mixed_text(raw.kind));
  return status;
}

/* ---- putting many ---- */

/* Entries on their way into a queue, in a userdata: whatever throws, they are dropped with it. */
typedef struct batch {
  size_t first, end; /* of those that it holds */
  bool is_list;      /* index 2 has the list of their values; else it has the only one */
  mn_entry entries[];
} batch;

static int l_batch_gc(lua_State *L) {
  if (!mn_is_finalizing(L)) return 0;
  batch *b = lua_touserdata(L, 1);
  for (; b->first < b->end; b->first++) mn_entry_drop(&b->entries[b->first]);
  return 0;
}

static batch *push_batch(lua_State *L, size_t count, bool is_list) {
  batch *b = lua_newuserdatauv(L, sizeof *b + count * sizeof b->entries[0], 0);
  b->first = b->end = 0;
  b->is_list = is_list;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &BATCH_KEY);
  lua_setmetatable(L, -2);
  return b;
}

/* Adds the element, which is on top of the stack; refuses a key that can't be put. */
static void add_to_batch(lua_State *L, const mn_ordered_queue *queue, batch *b) {
  int number = b->is_list ? (int)b->end + 1 : 0, value = lua_gettop(L);
  mn_entry *entry = &b->entries[b->end];
  raw_key raw;
  make_key(L, queue, value, number, &raw);
  mn_queue_key_kind kind = b->end > 0 ? b->entries[0].key.kind : mn_ordered_queue_kind(queue);
  if (kind != MN_QUEUE_KEY_NONE && kind != raw.kind) refuse(L, number, mixed_text(raw.kind));
  mn_encode_or_throw(L, value, 1, b->is_list ? "value #%d" : "value", number, &entry->message);
  finish_entry(L, &raw, entry);
  b->end++;
}

static void fill_batch(lua_State *L, const mn_ordered_queue *queue, batch *b, size_t count) {
  int top = lua_gettop(L);
  for (size_t i = 0; i < count; i++) {
    if (lua_rawgeti(L, 2, (lua_Integer)i + 1) == LUA_TNIL)
      luaL_error(L, "bad argument #1 to 'put_many' (nil at index %I cannot be queued)",
                 (LUAI_UACINT)i + 1);
    add_to_batch(L, queue, b);
    lua_settop(L, top);
  }
}

/* Puts the batch's first entry; it is the queue's then. */
static mn_status put_first(lua_State *L, mn_ordered_queue *queue, batch *b, mn_time deadline) {
  mn_entry *entry = &b->entries[b->first];
  if (mn_ordered_queue_order(queue) != MN_ORDER_COMPARED) {
    mn_status status = mn_ordered_queue_put(queue, entry, mn_waiter_to_park(L), deadline);
    if (status == MN_INVALID)
      refuse(L, b->is_list ? (int)b->first + 1 : 0, mixed_text(entry->key.kind));
    return status;
  }
  push_rule(L, queue);
  if (b->is_list)
    lua_rawgeti(L, 2, (lua_Integer)b->first + 1);
  else
    lua_pushvalue(L, 2);
  int value = lua_gettop(L);
  mn_status status = mn_ordered_queue_reserve(queue, mn_waiter_to_park(L), deadline);
  if (status == MN_OK && !insert(L, queue, &entry->message, value - 1, value, &status))
    lua_error(L);
  lua_settop(L, value - 2);
  return status;
}

void mn_ordered_queue_push_list(lua_State *L, const mn_ordered_queue *queue, size_t count) {
  fill_batch(L, queue, push_batch(L, count, true), count);
}

void mn_ordered_queue_push_value(lua_State *L, const mn_ordered_queue *queue) {
  batch *b = push_batch(L, 1, false);
  int top = lua_gettop(L);
  lua_pushvalue(L, 2);
  add_to_batch(L, queue, b);
  lua_settop(L, top);
}

mn_status mn_ordered_queue_put_batch(lua_State *L, mn_ordered_queue *queue, mn_time deadline,
                                     size_t *done) {
  mn_status status = MN_OK;
  batch *b = lua_touserdata(L, -1);
  while (b->first < b->end && (status = put_first(L, queue, b, deadline)) == MN_OK) b->first++;
  if (status == MN_PARKED) return status;
  *done = b->first;
  for (; b->first < b->end; b->first++) mn_entry_drop(&b->entries[b->first]);
  return status;
}

/* ---- making ---- */

static uint64_t check_maxsize(lua_State *L, int index) {
  lua_Integer maxsize = luaL_optinteger(L, index, 0);
  luaL_argcheck(L, maxsize >= 0, index, "maxsize must not be negative");
  return (uint64_t)maxsize;
}

/* Fills the userdata on top of the stack. The rule is used up. */
static int fill(lua_State *L, mn_ref *ref, mn_order order, uint64_t maxsize, mn_message *rule) {
  mn_ordered_queue *queue = mn_ordered_queue_new(order, maxsize, rule);
  if (!queue) {
    mn_message_drop(rule);
    return luaL_error(L, "not enough memory");
  }
  mn_ref_fill(L, ref, (mn_handle *)(void *)queue);
  return 1;
}

static int l_lifo_new(lua_State *L) {
  uint64_t maxsize = check_maxsize(L, 1);
  return fill(L, mn_ref_new(L, &mn_lifo_queue_type), MN_ORDER_LIFO, maxsize, &(mn_message){0});
}

/* Where the options' values are collected, beside the table. */
enum { MAXSIZE = 2, KEY, LESS };

static void read_maxsize(const mn_option *option, void *target) {
  (void)target, (void)mn_option_integer(option, 0, LUA_MAXINTEGER);
  lua_copy(option->L, -1, MAXSIZE);
}

static void read_key_option(const mn_option *option, void *target) {
  (void)target;
  int type = lua_type(option->L, -1);
  if (type != LUA_TSTRING && type != LUA_TFUNCTION)
    mn_option_refuse_type(option, "string or function");
  lua_copy(option->L, -1, KEY);
}

static void read_less(const mn_option *option, void *target) {
  (void)target;
  mn_option_check_type(option, LUA_TFUNCTION);
  lua_copy(option->L, -1, LESS);
}

static const mn_option_reader readers[] = {
    {"maxsize", read_maxsize}, {"key", read_key_option}, {"less", read_less}, {NULL, NULL}};

/* Leaves the values of key and less on the stack, in their places. */
static uint64_t read_options(lua_State *L) {
  lua_settop(L, 1);
  lua_settop(L, LESS);
  mn_options_read(L, 1, readers, NULL);
  if (!lua_isnil(L, KEY) && !lua_isnil(L, LESS))
    luaL_argerror(L, 1, "options 'key' and 'less' exclude each other");
  return lua_isnil(L, MAXSIZE) ? 0 : (uint64_t)lua_tointeger(L, MAXSIZE);
}

static int l_priority_new(lua_State *L) {
  mn_order order = MN_ORDER_KEY;
  mn_message rule = {0};
  if (lua_type(L, 1) != LUA_TTABLE) {
    uint64_t maxsize = check_maxsize(L, 1);
    return fill(L, mn_ref_new(L, &mn_priority_queue_type), order, maxsize, &rule);
  }
  uint64_t maxsize = read_options(L);
  mn_ref *ref = mn_ref_new(L, &mn_priority_queue_type);
  if (!lua_isnil(L, KEY)) mn_encode_or_throw(L, KEY, 1, "option 'key'", 0, &rule);
  if (!lua_isnil(L, LESS)) {
    mn_encode_or_throw(L, LESS, 1, "option 'less'", 0, &rule);
    order = MN_ORDER_COMPARED;
  }
  return fill(L, ref, order, maxsize, &rule);
}

/* ---- opening ---- */

void mn_ordered_queue_open(lua_State *L) {
  mn_registry_push_metatable(L, &BATCH_KEY, l_batch_gc);
  lua_pop(L, 1);
  lua_pushcfunction(L, l_lifo_new);
  lua_setfield(L, -2, "LifoQueue");
  lua_pushcfunction(L, l_priority_new);
  lua_setfield(L, -2, "PriorityQueue");
}
