/* core/message_format.h -- the bytes of a message.
 * Level core; never lua.h. Written by encode*.c and plain.c, read by decode*.c; docs/messages.md
 * describes it for people.
 *
 * Each value starts with a tag. Numbers are in the machine's own order; "count" is a LEB128
 * varint. Objects (tables, functions, classes, what has a NAME, what is rebuilt from a TRANSFER or a PARCEL) are
 * numbered from 0 in the order in which their tags appear; a later occurrence refers to that number. */
#ifndef MN_CORE_MESSAGE_FORMAT_H
#define MN_CORE_MESSAGE_FORMAT_H

#include <stdbool.h>

enum {
  /* 0x00..0x3f and 0xc0..0xff: the integers -64..63, the tag being the number as a signed byte. */
  MN_TAG_STRING = 0x40, /* 0x40..0x6f: a string of 0..47 bytes */
  MN_SHORT_STRING_MOST = 47,

  MN_TAG_NIL = 0x70,
  MN_TAG_FALSE,
  MN_TAG_TRUE,
  MN_TAG_INT8,     /* 1 byte */
  MN_TAG_INT16,    /* 2 bytes */
  MN_TAG_INT32,    /* 4 bytes */
  MN_TAG_INT64,    /* 8 bytes */
  MN_TAG_FLOAT,    /* 8 bytes */
  MN_TAG_STRING8,  /* 1 byte of length, the bytes */
  MN_TAG_STRING32, /* 4 bytes of length, the bytes */
  MN_TAG_LIGHT,    /* 8 bytes: a light userdata's address */
  MN_TAG_REF,      /* count: the number of an object seen before */
  MN_TAG_HANDLE,   /* count: index into the message's references */
  MN_TAG_GLOBALS,  /* the receiver's table of globals */
  MN_TAG_NAME,     /* a string value: "module", or "module\0field": what that is there */
  /* A string value and a function: package.preload of that name. Items as at the end of a message,
   * and END. Then a value. */
  MN_TAG_PRELOAD,

  /* A table: how many array items and how many pairs (a byte each, or 4 where WIDE), the items, the
   * pairs; where CLASS, last its metatable. */
  MN_TAG_TABLE,
  MN_TAG_TABLE_WIDE,
  MN_TAG_TABLE_CLASS,
  MN_TAG_TABLE_CLASS_WIDE,
  MN_TAG_TABLE_LATER, /* a table whose contents come as a BODY */

  MN_TAG_FUNCTION_PLAIN, /* count: index of the code; no upvalues, or one, which is the globals */
  MN_TAG_FUNCTION,       /* count: index of the code; then its upvalues */
  MN_TAG_FUNCTION_LATER, /* count: index of the code; its upvalues come as a BODY */
  /* In place of an upvalue's value: count, count: the same variable as that upvalue (from 1) of the
   * function of that number. Upvalues are led by their count in a byte. */
  MN_TAG_SHARED,

  MN_TAG_CLASS_REF,    /* 8 bytes of id; count: index of its snapshot among the references */
  MN_TAG_CLASS_INLINE, /* 8 bytes of id; then a table */

  /* A byte: how many values follow: the rebuilding function and its arguments. Then items as at the
   * end of a message, and END. */
  MN_TAG_TRANSFER,

  /* Items: they follow the values of a message, and the values of a TRANSFER. */
  MN_TAG_BODY,   /* count: object; then its TABLE..., or its upvalues */
  MN_TAG_GLOBAL, /* a string value and a value: a global that code of this message names */
  MN_TAG_END,

  MN_TAG_PARCEL, /* count: index into the references: an object that is made of what is there */

  MN_TAG_UNUSED /* from here to 0xbf */
};

static inline bool mn_is_string_tag(unsigned tag) {
  return (tag >= MN_TAG_STRING && tag <= MN_TAG_STRING + MN_SHORT_STRING_MOST) ||
         tag == MN_TAG_STRING8 || tag == MN_TAG_STRING32;
}

static inline bool mn_is_table_tag(unsigned tag) {
  return tag >= MN_TAG_TABLE && tag <= MN_TAG_TABLE_CLASS_WIDE;
}

enum {
  MN_MESSAGE_HAS_REFS = 1, /* objects are referred to by number */
  MN_MESSAGE_IS_CLASS = 2, /* a snapshot: its one value is a CLASS_INLINE */
  MN_MESSAGE_HAS_PATHS =
      4, /* the first two values are the receiver's package.path and package.cpath */
};

enum {
  /* From this nesting on, contents of tables and functions are put off as items, so that neither
   * side's C stack depends on how deep the data is. */
  MN_DEPTH_LATER = 100,
  /* Nothing nests deeper: what can't be put off (__transfer) is refused here. */
  MN_DEPTH_MOST = 190,
  /* So many levels take no more of the C stack than a C call within Lua may, and count as one: a
   * message may be made or read within a hook of another, within a hook of another. */
  MN_LEVELS_PER_CALL = 16
};

#endif
