/* core/code_names.c -- reading what lua_dump wrote.
 *
 * A global is a constant key into the upvalue _ENV. In the bytecode that is GETTABUP and SETTABUP;
 * for keys that don't fit there (long names, constants over 255) GETUPVAL followed by LOADK or LOADKX;
 * and GETFIELD, SETFIELD right after GETUPVAL where code writes _ENV itself. Any other use of
 * that upvalue means that the names may not be all: `escapes`. A nested function has the same
 * _ENV when its upvalue is its parent's upvalue of that index, which the dump says. */
#include "core/code_names.h"

#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"

/* Of Lua 5.4's instruction set, the same in all its releases. */
enum {
  OP_LOADK = 3,
  OP_LOADKX = 4,
  OP_GETUPVAL = 9,
  OP_SETUPVAL = 10,
  OP_GETTABUP = 11,
  OP_GETFIELD = 14,
  OP_SETTABUP = 15,
  OP_SETFIELD = 18
};

enum {
  CONSTANT_FLOAT = 0x13,
  CONSTANT_INTEGER = 0x03,
  CONSTANT_SHORT = 0x04,
  CONSTANT_LONG = 0x14
};

enum { HEADER_SIZE = 31, LUA_VERSION_BYTE = 0x54 };

typedef struct span {
  const unsigned char *text; /* NULL: a constant that is no string */
  size_t size;
} span;

typedef struct reader {
  const unsigned char *at, *end;
  bool bad; /* the bytes end early, or make no sense */
  bool no_memory;
  bool escapes;
  mn_buffer names;     /* of span */
  mn_buffer constants; /* of span, of the function that is read now */
} reader;

/* ---- the dump's primitives ---- */

static const unsigned char *read_bytes(reader *r, size_t count) {
  if (count > (size_t)(r->end - r->at)) {
    r->bad = true;
    r->at = r->end;
    return r->at;
  }
  const unsigned char *bytes = r->at;
  r->at += count;
  return bytes;
}

static unsigned read_byte(reader *r) {
  return r->at < r->end ? *r->at++ : (r->bad = true, 0u);
}

/* Seven bits a byte, the highest first; the last byte has its top bit set. */
static size_t read_size(reader *r) {
  size_t value = 0;
  for (int i = 0; i < 10 && !r->bad; i++) {
    unsigned byte = read_byte(r);
    value = (value << 7) | (byte & 0x7f);
    if (byte & 0x80) return value;
  }
  r->bad = true;
  return 0;
}

static span read_string(reader *r) {
  size_t size = read_size(r);
  if (size == 0) return (span){NULL, 0};
  return (span){read_bytes(r, size - 1), size - 1};
}

static void skip_strings(reader *r, bool with_numbers) {
  for (size_t count = read_size(r); count > 0 && !r->bad; count--) {
    (void)read_string(r);
    if (!with_numbers) continue;
    (void)read_size(r);
    (void)read_size(r);
  }
}

static void skip_debug(reader *r) {
  (void)read_bytes(r, read_size(r)); /* line information */
  for (size_t count = read_size(r); count > 0 && !r->bad; count--) {
    (void)read_size(r);
    (void)read_size(r);
  }
  skip_strings(r, true);  /* local variables */
  skip_strings(r, false); /* names of upvalues */
}

/* ---- names ---- */

static const span *constant(const reader *r, size_t index) {
  const span *constants = (const span *)(const void *)r->constants.data;
  return index < r->constants.size / sizeof(span) ? &constants[index] : NULL;
}

static void add_name(reader *r, const span *name) {
  if (!name || !name->text || memchr(name->text, '\0', name->size)) return;
  const span *names = (const span *)(const void *)r->names.data;
  for (size_t i = 0; i < r->names.size / sizeof(span); i++)
    if (names[i].size == name->size && memcmp(names[i].text, name->text, name->size) == 0) return;
  if (!mn_buffer_add(&r->names, name, sizeof *name)) r->no_memory = true;
}

static void read_constants(reader *r) {
  r->constants.size = 0;
  for (size_t count = read_size(r); count > 0 && !r->bad; count--) {
    span found = {NULL, 0};
    unsigned type = read_byte(r);
    if (type == CONSTANT_FLOAT || type == CONSTANT_INTEGER) (void)read_bytes(r, 8);
    if (type == CONSTANT_SHORT || type == CONSTANT_LONG) found = read_string(r);
    if (!mn_buffer_add(&r->constants, &found, sizeof found)) r->no_memory = r->bad = true;
  }
}

/* ---- instructions ---- */

static unsigned opcode(uint32_t i) {
  return i & 0x7f;
}
static unsigned arg_a(uint32_t i) {
  return (i >> 7) & 0xff;
}
static unsigned arg_b(uint32_t i) {
  return (i >> 16) & 0xff;
}
static unsigned arg_c(uint32_t i) {
  return (i >> 24) & 0xff;
}
static unsigned arg_bx(uint32_t i) {
  return i >> 15;
}
static unsigned arg_ax(uint32_t i) {
  return i >> 7;
}

static uint32_t instruction(const unsigned char *code, size_t count, size_t at) {
  uint32_t word = 0;
  if (at < count) memcpy(&word, code + at * sizeof word, sizeof word);
  return word;
}

/* _ENV was put into register `env`, and the instruction at `at` comes next. */
static void scan_use(reader *r, const unsigned char *code, size_t count, size_t at, unsigned env) {
  uint32_t next = instruction(code, count, at);
  switch (opcode(next)) {
    case OP_LOADK: add_name(r, constant(r, arg_bx(next))); return;
    case OP_LOADKX: add_name(r, constant(r, arg_ax(instruction(code, count, at + 1)))); return;
    case OP_SETFIELD:
      if (arg_a(next) != env) break;
      add_name(r, constant(r, arg_b(next)));
      return;
    case OP_GETFIELD:
      if (arg_b(next) != env) break;
      add_name(r, constant(r, arg_c(next)));
      return;
    default: break;
  }
  r->escapes = true;
}

static void scan(reader *r, const unsigned char *code, size_t count, unsigned env) {
  for (size_t at = 0; at < count; at++) {
    uint32_t i = instruction(code, count, at);
    switch (opcode(i)) {
      case OP_GETTABUP:
        if (arg_b(i) == env) add_name(r, constant(r, arg_c(i)));
        break;
      case OP_SETTABUP:
        if (arg_a(i) == env) add_name(r, constant(r, arg_b(i)));
        break;
      case OP_GETUPVAL:
        if (arg_b(i) == env) scan_use(r, code, count, at + 1, arg_a(i));
        break;
      case OP_SETUPVAL:
        if (arg_b(i) == env) r->escapes = true;
        break;
      default: break;
    }
  }
}

/* ---- functions ---- */

enum { NO_ENV = -1 };

/* Reads the list of upvalues; which of them is the parent's upvalue `parent_env`? */
static int read_upvalues(reader *r, int parent_env) {
  int env = NO_ENV, index = 0;
  for (size_t count = read_size(r); count > 0 && !r->bad; count--, index++) {
    const unsigned char *upvalue = read_bytes(r, 3); /* in the parent's registers?, index, kind */
    if (!r->bad && upvalue[0] == 0 && upvalue[1] == parent_env) env = index;
  }
  return env;
}

/* Reads a function; `env` is its upvalue _ENV, or for a nested one `parent_env` its parent's. Nested
 * no deeper than Lua's compiler allows. */
static void read_function(reader *r, bool nested, int env) {
  (void)read_string(r); /* source */
  (void)read_size(r);   /* first and last line */
  (void)read_size(r);
  (void)read_bytes(r, 3); /* parameters, vararg, registers */
  size_t count = read_size(r);
  if (count > (size_t)(r->end - r->at) / sizeof(uint32_t)) r->bad = true;
  if (r->bad) return;
  const unsigned char *code = read_bytes(r, count * sizeof(uint32_t));
  read_constants(r);
  int own = read_upvalues(r, env);
  if (!nested) own = env;
  if (own != NO_ENV && !r->bad) scan(r, code, count, (unsigned)own);
  for (size_t inner = read_size(r); inner > 0 && !r->bad; inner--) read_function(r, true, own);
  skip_debug(r);
}

/* One block: the pointers, then the texts. */
static bool keep_names(const mn_buffer *list, mn_code_names *found) {
  const span *names = (const span *)(const void *)list->data;
  size_t count = list->size / sizeof(span), size = count * sizeof(char *);
  if (count == 0) return true;
  for (size_t i = 0; i < count; i++) size += names[i].size + 1;
  found->names = mn_alloc(size);
  if (!found->names) return false;
  found->count = count;
  char *text = (char *)(found->names + count);
  for (size_t i = 0; i < count; i++) {
    found->names[i] = memcpy(text, names[i].text, names[i].size);
    text += names[i].size;
    *text++ = '\0';
  }
  return true;
}

bool mn_code_find_names(const unsigned char *bytes, size_t size, int env, mn_code_names *found) {
  mn_code_names names = {0};
  reader r = {0};
  if (env > 0 && size > HEADER_SIZE && bytes[4] == LUA_VERSION_BYTE) {
    r.at = bytes + HEADER_SIZE + 1; /* the byte between is the number of upvalues */
    r.end = bytes + size;
    read_function(&r, false, env - 1);
  }
  bool done = !r.no_memory && keep_names(&r.names, &names);
  names.escapes = r.escapes;
  if (done) *found = names;
  mn_buffer_free(&r.names);
  mn_buffer_free(&r.constants);
  return done;
}
