/* main/editor_keys.c -- the sequences of xterm, and what of others differs: rxvt, the Linux console, PuTTY,
 * and the newer ones that send any key as a number (CSI u). */
#include "main/editor_keys.h"

#include "main/editor_glyph.h"

enum {
  ESC = 27,
  MOST_PARAMETERS = 3,
  LONGEST = 32 /* bytes of a sequence; what is longer is none */
};

/* What stands between ESC [ and the last byte. */
typedef struct sequence {
  unsigned parameters[MOST_PARAMETERS];
  char last;
  bool is_private; /* an answer of the terminal, no key */
} sequence;

static uint32_t key_of_letter(char letter) {
  switch (letter) {
    case 'A': return MN_KEY_UP;
    case 'B': return MN_KEY_DOWN;
    case 'C': return MN_KEY_RIGHT;
    case 'D': return MN_KEY_LEFT;
    case 'F': return MN_KEY_END;
    case 'H': return MN_KEY_HOME;
    case 'Z': return MN_KEY_BACK_TAB;
    default: return MN_KEY_NONE;
  }
}

static uint32_t key_of_number(unsigned number) {
  switch (number) {
    case 1:
    case 7: return MN_KEY_HOME;
    case 2: return MN_KEY_INSERT;
    case 3: return MN_KEY_DELETE;
    case 4:
    case 8: return MN_KEY_END;
    case 5: return MN_KEY_PAGE_UP;
    case 6: return MN_KEY_PAGE_DOWN;
    case 200: return MN_KEY_PASTE;
    case 201: return MN_KEY_PASTE_END;
    default: return MN_KEY_NONE;
  }
}

/* A character with the modifiers that a terminal has told by number. */
static mn_editor_key key_of_character(uint32_t c, unsigned modifiers) {
  if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return (mn_editor_key){MN_KEY_NONE, 0};
  if (c == ESC) return (mn_editor_key){MN_KEY_ESCAPE, 0};
  if (c == 9 && (modifiers & MN_KEY_SHIFT)) return (mn_editor_key){MN_KEY_BACK_TAB, 0};
  bool is_letter = (c >= '@' && c <= '_') || (c >= 'a' && c <= 'z');
  if ((modifiers & MN_KEY_CTRL) && is_letter) c &= 0x1F;
  return (mn_editor_key){c, modifiers & MN_KEY_ALT};
}

/* Terminals number modifiers from 1: Shift 1, Alt 2, Ctrl 4. */
static unsigned modifiers_of(unsigned parameter) {
  return parameter > 0 ? (parameter - 1) & (MN_KEY_SHIFT | MN_KEY_ALT | MN_KEY_CTRL) : 0;
}

static mn_editor_key key_of(const sequence *s) {
  unsigned modifiers = modifiers_of(s->parameters[1]);
  if (s->is_private) return (mn_editor_key){MN_KEY_NONE, 0};
  switch (s->last) {
    case '~':
      if (s->parameters[0] == 27) return key_of_character(s->parameters[2], modifiers);
      return (mn_editor_key){key_of_number(s->parameters[0]), modifiers};
    case '^': return (mn_editor_key){key_of_number(s->parameters[0]), MN_KEY_CTRL}; /* rxvt */
    case 'u': return key_of_character(s->parameters[0], modifiers);
    default: break;
  }
  if (s->parameters[1] == 0) modifiers = modifiers_of(s->parameters[0]); /* ESC [ 5 C */
  return (mn_editor_key){key_of_letter(s->last), modifiers};
}

/* What begins with ESC [; `at` is where it goes on. */
static size_t decode_sequence(const char *bytes, size_t size, size_t at, bool is_all,
                              mn_editor_key *key) {
  sequence s = {{0}, 0, false};
  size_t parameter = 0, begin = at;
  *key = (mn_editor_key){MN_KEY_NONE, 0};
  for (; at < size && at < LONGEST; at++) {
    char c = bytes[at];
    if (c == '[' && at == begin) { /* the console's F1: one more comes */
      if (at + 1 == size) return is_all ? size : 0;
      return (unsigned char)bytes[at + 1] < ' ' ? at + 1 : at + 2;
    }
    if (c >= '@' && c <= '~') {
      s.last = c;
      *key = key_of(&s);
      return at + 1;
    }
    if (c < ' ' || c > '~') return at; /* broken off; that byte is the next key's */
    if (c == ';' || c == ':') {
      parameter++;
    } else if (c >= '0' && c <= '9') {
      if (parameter < MOST_PARAMETERS && s.parameters[parameter] < 0x110000)
        s.parameters[parameter] = s.parameters[parameter] * 10 + (unsigned)(c - '0');
    } else {
      s.is_private = true;
    }
  }
  return at == LONGEST || is_all ? at : 0;
}

/* ESC O and one more: the arrows of a terminal in another mode, and rxvt's with Ctrl. */
static mn_editor_key key_of_ss3(char c) {
  if (c >= 'a' && c <= 'd')
    return (mn_editor_key){key_of_letter((char)(c - 'a' + 'A')), MN_KEY_CTRL};
  if (c == 'M') return (mn_editor_key){13, 0};
  return (mn_editor_key){key_of_letter(c), 0};
}

static size_t decode_character(const char *bytes, size_t size, bool is_all, mn_editor_key *key) {
  size_t step = mn_utf8_decode(bytes, size, &key->code);
  key->modifiers = 0;
  if (step > 0) return step;
  unsigned char first = (unsigned char)bytes[0];
  size_t needed = first < 0xC2 || first >= 0xF5 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  size_t good = 1;
  while (good < size && good < needed && ((unsigned char)bytes[good] & 0xC0) == 0x80) good++;
  if (good == size && good < needed && !is_all) return 0;
  key->code = MN_KEY_BYTE + first;
  return 1;
}

size_t mn_editor_key_decode(const char *bytes, size_t size, bool is_all, mn_editor_key *key) {
  if (size == 0) return 0;
  if (bytes[0] != ESC) return decode_character(bytes, size, is_all, key);
  *key = (mn_editor_key){MN_KEY_ESCAPE, 0};
  if (size == 1) return is_all ? 1 : 0;
  bool is_sequence = bytes[1] == '[' || bytes[1] == 'O';
  if (is_sequence && size == 2 && is_all) {
    *key = (mn_editor_key){(unsigned char)bytes[1], MN_KEY_ALT};
    return 2;
  }
  if (bytes[1] == '[') return decode_sequence(bytes, size, 2, is_all, key);
  if (bytes[1] == 'O') {
    if (size == 2) return 0;
    if ((unsigned char)bytes[2] >= ' ') *key = key_of_ss3(bytes[2]);
    return (unsigned char)bytes[2] >= ' ' ? 3 : 2; /* broken off */
  }
  /* Alt with whatever follows, which may be a sequence, too. */
  size_t rest;
  if (bytes[1] == ESC && (size == 2 || (bytes[2] != '[' && bytes[2] != 'O')))
    return size == 2 && !is_all ? 0 : 1; /* Escape, and another one */
  rest = mn_editor_key_decode(bytes + 1, size - 1, is_all, key);
  if (rest == 0) return 0;
  key->modifiers |= MN_KEY_ALT;
  return rest + 1;
}
