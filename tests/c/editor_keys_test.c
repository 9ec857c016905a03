/* tests/c/editor_keys_test.c -- what terminals send for each key; cut off at each byte; random bytes. */
#include "main/editor_keys.h"

#include <string.h>

#include "check.h"

typedef struct expectation {
  const char *bytes;
  uint32_t code;
  unsigned modifiers;
} expectation;

static const expectation expectations[] = {
    {"a", 'a', 0},
    {"\x01", 1, 0},
    {"\r", 13, 0},
    {"\x7F", 127, 0},
    {"\xC3\xA4", 0xE4, 0},
    {"\xE4\xB8\xAD", 0x4E2D, 0},
    {"\xF0\x9F\x98\x80", 0x1F600, 0},
    {"\xFF", MN_KEY_BYTE + 0xFF, 0},
    {"\x80", MN_KEY_BYTE + 0x80, 0},
    {"\033b", 'b', MN_KEY_ALT},
    {"\033_", '_', MN_KEY_ALT},
    {"\033\r", 13, MN_KEY_ALT},
    {"\033\x7F", 127, MN_KEY_ALT},
    {"\033\xC3\xA4", 0xE4, MN_KEY_ALT},
    {"\033[A", MN_KEY_UP, 0},
    {"\033[B", MN_KEY_DOWN, 0},
    {"\033[C", MN_KEY_RIGHT, 0},
    {"\033[D", MN_KEY_LEFT, 0},
    {"\033[H", MN_KEY_HOME, 0},
    {"\033[F", MN_KEY_END, 0},
    {"\033[Z", MN_KEY_BACK_TAB, 0},
    {"\033[1~", MN_KEY_HOME, 0},
    {"\033[2~", MN_KEY_INSERT, 0},
    {"\033[3~", MN_KEY_DELETE, 0},
    {"\033[4~", MN_KEY_END, 0},
    {"\033[5~", MN_KEY_PAGE_UP, 0},
    {"\033[6~", MN_KEY_PAGE_DOWN, 0},
    {"\033[7~", MN_KEY_HOME, 0},
    {"\033[8~", MN_KEY_END, 0},
    {"\033[15~", MN_KEY_NONE, 0}, /* F5 */
    {"\033OA", MN_KEY_UP, 0},
    {"\033OH", MN_KEY_HOME, 0},
    {"\033OF", MN_KEY_END, 0},
    {"\033OM", 13, 0},
    {"\033OP", MN_KEY_NONE, 0},
    {"\033[1;5C", MN_KEY_RIGHT, MN_KEY_CTRL},
    {"\033[1;5D", MN_KEY_LEFT, MN_KEY_CTRL},
    {"\033[1;3D", MN_KEY_LEFT, MN_KEY_ALT},
    {"\033[1;2A", MN_KEY_UP, MN_KEY_SHIFT},
    {"\033[3;5~", MN_KEY_DELETE, MN_KEY_CTRL},
    {"\033[1;5H", MN_KEY_HOME, MN_KEY_CTRL},
    {"\033[5C", MN_KEY_RIGHT, MN_KEY_CTRL}, /* PuTTY, in the old way */
    {"\033Od", MN_KEY_LEFT, MN_KEY_CTRL},   /* rxvt */
    {"\033Oc", MN_KEY_RIGHT, MN_KEY_CTRL},
    {"\033[3^", MN_KEY_DELETE, MN_KEY_CTRL},
    {"\033\033[C", MN_KEY_RIGHT, MN_KEY_ALT},
    {"\033\033OC", MN_KEY_RIGHT, MN_KEY_ALT},
    {"\033[[A", MN_KEY_NONE, 0}, /* the console's F1 */
    {"\033[200~", MN_KEY_PASTE, 0},
    {"\033[201~", MN_KEY_PASTE_END, 0},
    {"\033[97;5u", 1, 0}, /* CSI u: Ctrl-A */
    {"\033[98;3u", 'b', MN_KEY_ALT},
    {"\033[13;3u", 13, MN_KEY_ALT},
    {"\033[9;2u", MN_KEY_BACK_TAB, 0},
    {"\033[27u", MN_KEY_ESCAPE, 0},
    {"\033[27;5;97~", 1, 0}, /* xterm's modifyOtherKeys */
    {"\033[1114112u", MN_KEY_NONE, 0},
    {"\033[?1;2c", MN_KEY_NONE, 0}, /* an answer */
};

static void each_key(void) {
  for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++) {
    const expectation *e = &expectations[i];
    size_t size = strlen(e->bytes);
    mn_editor_key key;
    size_t got = mn_editor_key_decode(e->bytes, size, false, &key);
    if (got != size || key.code != e->code || key.modifiers != e->modifiers)
      fprintf(stderr, "key %zu (%s): size %zu code %x modifiers %u\n", i, e->bytes + 1, got,
              (unsigned)key.code, key.modifiers);
    CHECK(got == size && key.code == e->code && key.modifiers == e->modifiers);
    /* What follows is the next key's. */
    char more[32];
    (void)snprintf(more, sizeof more, "%sx", e->bytes);
    CHECK(mn_editor_key_decode(more, size + 1, false, &key) == size && key.code == e->code);
    /* Cut off, more is waited for, but not for ever. */
    for (size_t cut = 1; cut < size; cut++) {
      CHECK(mn_editor_key_decode(e->bytes, cut, false, &key) == 0);
      got = mn_editor_key_decode(e->bytes, cut, true, &key);
      CHECK(got > 0 && got <= cut);
    }
  }
}

static void cut_off(void) {
  mn_editor_key key;
  CHECK(mn_editor_key_decode("\033", 1, false, &key) == 0);
  CHECK(mn_editor_key_decode("\033", 1, true, &key) == 1 && key.code == MN_KEY_ESCAPE);
  CHECK(mn_editor_key_decode("\033[", 2, true, &key) == 2 && key.code == '[' &&
        key.modifiers == MN_KEY_ALT);
  CHECK(mn_editor_key_decode("\033[1;", 4, true, &key) == 4 && key.code == MN_KEY_NONE);
  CHECK(mn_editor_key_decode("\033\033", 2, false, &key) == 0);
  CHECK(mn_editor_key_decode("\033\033x", 3, false, &key) == 1 && key.code == MN_KEY_ESCAPE);
  CHECK(mn_editor_key_decode("\xE4\xB8", 2, true, &key) == 1 && key.code == MN_KEY_BYTE + 0xE4);
  CHECK(mn_editor_key_decode("\xE4x", 2, false, &key) == 1 && key.code == MN_KEY_BYTE + 0xE4);
  CHECK(mn_editor_key_decode("\033[1\r", 4, false, &key) == 3 && key.code == MN_KEY_NONE);
  CHECK(mn_editor_key_decode("\033O\033", 3, false, &key) == 2);
  CHECK(mn_editor_key_decode("\033[[\033", 4, false, &key) == 3 && key.code == MN_KEY_NONE);
  CHECK(mn_editor_key_decode("", 0, true, &key) == 0);
}

/* A sequence without end is none: what comes after it is read. */
static void endless(void) {
  char bytes[200] = "\033[";
  mn_editor_key key;
  memset(bytes + 2, '1', sizeof bytes - 2);
  size_t got = mn_editor_key_decode(bytes, sizeof bytes, false, &key);
  CHECK(got > 2 && got < 100 && key.code == MN_KEY_NONE);
}

static void random_bytes(void) {
  static const char likely[] = "\033[O;0123456789~^ACu\x7F\xC3\xA4\xF0\x9F";
  unsigned long random = test_seed(1);
  for (int i = 0; i < 200000; i++) {
    char bytes[12];
    size_t size = next_random(&random) % sizeof bytes + 1;
    for (size_t j = 0; j < size; j++) {
      unsigned long value = next_random(&random) >> 20;
      bytes[j] = value % 4 ? likely[value / 4 % (sizeof likely - 1)] : (char)(value >> 8);
    }
    mn_editor_key key = {0xFFFFFFFF, 0xFF};
    size_t some = mn_editor_key_decode(bytes, size, false, &key);
    CHECK(some <= size);
    CHECK(some == 0 || (key.code <= MN_KEY_BYTE + 0xFF && key.modifiers <= 7));
    size_t all = mn_editor_key_decode(bytes, size, true, &key);
    CHECK(all > 0 && all <= size && (some == 0 || some == all));
  }
}

int main(void) {
  RUN(each_key);
  RUN(cut_off);
  RUN(endless);
  RUN(random_bytes);
  return 0;
}
