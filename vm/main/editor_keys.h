/* main/editor_keys.h -- which key a sequence of bytes from a terminal means.
 * Level main; never lua.h. No state: any thread. */
#ifndef MN_MAIN_EDITOR_KEYS_H
#define MN_MAIN_EDITOR_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is no character. Control characters are themselves: 1 is Ctrl-A. */
enum {
  MN_KEY_NONE = 0x110000, /* one that means nothing */
  MN_KEY_ESCAPE,          /* Escape alone */
  MN_KEY_UP,
  MN_KEY_DOWN,
  MN_KEY_RIGHT,
  MN_KEY_LEFT,
  MN_KEY_HOME,
  MN_KEY_END,
  MN_KEY_INSERT,
  MN_KEY_DELETE,
  MN_KEY_PAGE_UP,
  MN_KEY_PAGE_DOWN,
  MN_KEY_BACK_TAB,
  MN_KEY_PASTE, /* what follows is pasted, up to the next */
  MN_KEY_PASTE_END,
  MN_KEY_BYTE = 0x120000 /* and up: a byte that is no UTF-8 */
};

enum { MN_KEY_SHIFT = 1, MN_KEY_ALT = 2, MN_KEY_CTRL = 4 };

typedef struct mn_editor_key {
  uint32_t code;
  unsigned modifiers; /* of characters only Alt */
} mn_editor_key;

/* Decodes the first key of `size` bytes; how many bytes it has. 0: more of it has to come, which can't
 * be when `is_all`. */
size_t mn_editor_key_decode(const char *bytes, size_t size, bool is_all, mn_editor_key *key);

/* What ends pasted text. */
#define MN_PASTE_MARK "\033[201~"
enum { MN_PASTE_MARK_SIZE = 6 };

#endif
