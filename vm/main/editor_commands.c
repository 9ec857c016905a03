/* main/editor_commands.c -- the commands, and the table of the keys that they are bound to. The keys are
 * those of Emacs, as readline has them. */
#include "main/editor_commands.h"

#include "main/editor_complete.h"
#include "main/editor_glyph.h"
#include "main/editor_search.h"

#define CTRL(letter) ((letter)&0x1F)
enum { ENTER = 13, BACKSPACE = 127, UNDO = 31 };

static mn_editor_outcome beep(mn_editing *e) {
  mn_editor_view_beep(&e->view);
  return MN_GOES_ON;
}

static mn_editor_outcome done(mn_editing *e, bool ok) {
  return ok ? MN_GOES_ON : beep(e);
}

/* ---- moving ---- */

static mn_editor_outcome go_to(mn_editing *e, size_t at) {
  e->text.cursor = at;
  return MN_GOES_ON;
}

static mn_editor_outcome go_left(mn_editing *e) {
  return go_to(e, mn_editor_text_left(&e->text, e->text.cursor));
}

static mn_editor_outcome go_right(mn_editing *e) {
  return go_to(e, mn_editor_text_right(&e->text, e->text.cursor));
}

static mn_editor_outcome go_word_left(mn_editing *e) {
  return go_to(e, mn_editor_text_word_left(&e->text, e->text.cursor));
}

static mn_editor_outcome go_word_right(mn_editing *e) {
  return go_to(e, mn_editor_text_word_right(&e->text, e->text.cursor));
}

static mn_editor_outcome go_line_begin(mn_editing *e) {
  return go_to(e, mn_editor_text_line_begin(&e->text, e->text.cursor));
}

static mn_editor_outcome go_line_end(mn_editing *e) {
  return go_to(e, mn_editor_text_line_end(&e->text, e->text.cursor));
}

static mn_editor_outcome go_begin(mn_editing *e) {
  return go_to(e, 0);
}

static mn_editor_outcome go_end(mn_editing *e) {
  return go_to(e, mn_editor_text_size(&e->text));
}

/* ---- history ---- */

/* What can't be read is not there. */
static void load_history(mn_editing *e) {
  bool is_draft = e->entry == e->history.count;
  if (mn_history_load(&e->history) == MN_NOMEM) (void)beep(e);
  if (is_draft) e->entry = e->history.count;
}

static mn_editor_outcome show_entry(mn_editing *e, size_t entry) {
  bool is_draft = entry == e->history.count;
  const char *text = is_draft ? (const char *)e->draft.data : e->history.entries[entry].text;
  size_t size = is_draft ? e->draft.size : e->history.entries[entry].size;
  if (!mn_editor_text_set(&e->text, text, size)) return beep(e);
  e->entry = entry;
  return MN_GOES_ON;
}

static bool is_text(const mn_editing *e, const mn_history_entry *entry) {
  return entry->size == mn_editor_text_size(&e->text) &&
         memcmp(entry->text, mn_editor_text_bytes(&e->text), entry->size) == 0;
}

static mn_editor_outcome go_older(mn_editing *e) {
  load_history(e);
  if (e->entry == e->history.count) {
    e->draft.size = 0;
    if (!mn_buffer_add(&e->draft, mn_editor_text_bytes(&e->text), mn_editor_text_size(&e->text)))
      return beep(e);
    e->prefix = e->text.cursor;
  }
  const char *prefix = e->prefix > 0 ? (const char *)e->draft.data : "";
  size_t at = e->entry;
  do {
    at = mn_history_find_prefix(&e->history, at, true, prefix, e->prefix);
  } while (at < e->history.count && is_text(e, &e->history.entries[at]));
  return at < e->history.count ? show_entry(e, at) : beep(e);
}

static mn_editor_outcome go_newer(mn_editing *e) {
  if (e->entry == e->history.count) return beep(e);
  const char *prefix = e->prefix > 0 ? (const char *)e->draft.data : "";
  return show_entry(e, mn_history_find_prefix(&e->history, e->entry, false, prefix, e->prefix));
}

static mn_editor_outcome search_older(mn_editing *e) {
  load_history(e);
  mn_editor_search_begin(e, true);
  return MN_GOES_ON;
}

static mn_editor_outcome search_newer(mn_editing *e) {
  load_history(e);
  mn_editor_search_begin(e, false);
  return MN_GOES_ON;
}

/* To the same column of the line that begins at `line`. */
static mn_editor_outcome go_to_line(mn_editing *e, size_t line, int goal) {
  e->goal = goal >= 0 ? goal : mn_editor_text_column(&e->text, e->text.cursor);
  return go_to(e, mn_editor_text_at_column(&e->text, line, e->goal));
}

static mn_editor_outcome go_up(mn_editing *e) {
  size_t line = mn_editor_text_line_begin(&e->text, e->text.cursor);
  if (line == 0) return go_older(e);
  return go_to_line(e, mn_editor_text_line_begin(&e->text, line - 1), e->goal);
}

static mn_editor_outcome go_down(mn_editing *e) {
  size_t end = mn_editor_text_line_end(&e->text, e->text.cursor);
  if (end == mn_editor_text_size(&e->text)) return go_newer(e);
  return go_to_line(e, end + 1, e->goal);
}

/* ---- removing ---- */

static mn_editor_outcome erase(mn_editing *e, size_t from, size_t to) {
  if (from == to) return beep(e);
  return done(e, mn_editor_text_replace(&e->text, from, to - from, "", 0));
}

static mn_editor_outcome erase_left(mn_editing *e) {
  return erase(e, mn_editor_text_left(&e->text, e->text.cursor), e->text.cursor);
}

static mn_editor_outcome erase_right(mn_editing *e) {
  return erase(e, e->text.cursor, mn_editor_text_right(&e->text, e->text.cursor));
}

static mn_editor_outcome erase_right_or_end(mn_editing *e) {
  return mn_editor_text_size(&e->text) == 0 ? MN_ENDED : erase_right(e);
}

static mn_editor_outcome kill(mn_editing *e, size_t from, size_t to) {
  if (from == to) return beep(e);
  bool is_left = to == e->text.cursor;
  if (!mn_editor_kills_add(&e->kills, mn_editor_text_bytes(&e->text) + from, to - from, is_left))
    return beep(e);
  return erase(e, from, to);
}

static mn_editor_outcome kill_line_end(mn_editing *e) {
  size_t end = mn_editor_text_line_end(&e->text, e->text.cursor);
  if (end == e->text.cursor && end < mn_editor_text_size(&e->text)) end++; /* the newline */
  return kill(e, e->text.cursor, end);
}

static mn_editor_outcome kill_line_begin(mn_editing *e) {
  size_t begin = mn_editor_text_line_begin(&e->text, e->text.cursor);
  if (begin == e->text.cursor && begin > 0) begin--;
  return kill(e, begin, e->text.cursor);
}

static mn_editor_outcome kill_run_left(mn_editing *e) {
  return kill(e, mn_editor_text_run_left(&e->text, e->text.cursor), e->text.cursor);
}

static mn_editor_outcome kill_word_left(mn_editing *e) {
  return kill(e, mn_editor_text_word_left(&e->text, e->text.cursor), e->text.cursor);
}

static mn_editor_outcome kill_word_right(mn_editing *e) {
  return kill(e, e->text.cursor, mn_editor_text_word_right(&e->text, e->text.cursor));
}

static mn_editor_outcome yank(mn_editing *e) {
  const mn_buffer *killed = mn_editor_kills_yanked(&e->kills);
  if (!killed) return beep(e);
  return done(e, mn_editor_text_replace(&e->text, e->text.cursor, 0, (const char *)killed->data,
                                        killed->size));
}

/* Puts what was taken out before in the place of what was just brought back. */
static mn_editor_outcome yank_older(mn_editing *e) {
  const mn_buffer *killed = mn_editor_kills_yanked(&e->kills);
  if (!e->kills.is_yanking || !killed) return beep(e);
  size_t from = e->text.cursor - killed->size, size = killed->size;
  mn_editor_kills_rotate(&e->kills);
  killed = mn_editor_kills_yanked(&e->kills);
  return done(
      e, mn_editor_text_replace(&e->text, from, size, (const char *)killed->data, killed->size));
}

/* ---- changing ---- */

/* The glyph before the cursor goes behind the one after it; at the end of a line, the last two. */
static mn_editor_outcome transpose(mn_editing *e) {
  mn_editor_text *text = &e->text;
  size_t middle = text->cursor, line = mn_editor_text_line_begin(text, middle);
  if (middle == mn_editor_text_line_end(text, middle) && middle > line)
    middle = mn_editor_text_left(text, middle);
  if (middle == line) return beep(e);
  size_t from = mn_editor_text_left(text, middle), to = mn_editor_text_right(text, middle),
         size = to - from;
  mn_buffer swapped = {0};
  bool ok = mn_buffer_add(&swapped, text->bytes.data + middle, to - middle) &&
            mn_buffer_add(&swapped, text->bytes.data + from, middle - from) &&
            mn_editor_text_replace(text, from, size, (const char *)swapped.data, size);
  mn_buffer_free(&swapped);
  return done(e, ok);
}

static mn_editor_outcome undo(mn_editing *e) {
  return done(e, mn_editor_text_undo(&e->text));
}

static mn_editor_outcome redo(mn_editing *e) {
  return done(e, mn_editor_text_redo(&e->text));
}

static size_t spaces_of_line(const mn_editing *e) {
  size_t begin = mn_editor_text_line_begin(&e->text, e->text.cursor), at = begin;
  while (at < e->text.cursor && mn_editor_text_bytes(&e->text)[at] == ' ') at++;
  return at - begin;
}

/* How many spaces the next line begins with. What is pasted has its own. */
static size_t indent(const mn_editing *e) {
  enum { MOST = 200 };
  if (e->has_more) return 0;
  size_t spaces = spaces_of_line(e);
  if (e->hooks.indent)
    spaces = e->hooks.indent(e->hooks.data, mn_editor_text_bytes(&e->text), e->text.cursor);
  return spaces < MOST ? spaces : MOST;
}

static mn_editor_outcome new_line(mn_editing *e) {
  mn_buffer bytes = {0};
  bool ok = mn_buffer_add(&bytes, "\n", 1);
  for (size_t spaces = indent(e); spaces > 0 && ok; spaces--) ok = mn_buffer_add(&bytes, " ", 1);
  ok = ok && mn_editor_text_type(&e->text, (const char *)bytes.data, bytes.size);
  mn_buffer_free(&bytes);
  return done(e, ok);
}

static mn_editor_outcome complete(mn_editing *e) {
  mn_editor_complete(e);
  return MN_GOES_ON;
}

/* ---- the rest ---- */

static mn_editor_outcome enter(mn_editing *e) {
  bool is_complete = !e->hooks.is_complete || mn_editor_text_size(&e->text) == 0 ||
                     e->hooks.is_complete(e->hooks.data, mn_editor_text_bytes(&e->text),
                                          mn_editor_text_size(&e->text));
  return is_complete ? MN_ENTERED : new_line(e);
}

static mn_editor_outcome clear_screen(mn_editing *e) {
  mn_editor_view_clear(&e->view);
  return MN_GOES_ON;
}

static mn_editor_outcome break_off(mn_editing *e) {
  (void)e;
  return MN_BROKEN_OFF;
}

static mn_editor_outcome suspend(mn_editing *e) {
  (void)e;
  return MN_SUSPENDS;
}

static mn_editor_outcome escape(mn_editing *e) {
  e->has_escape = true;
  return MN_GOES_ON;
}

static mn_editor_outcome quote(mn_editing *e) {
  e->is_quoting = true;
  return MN_GOES_ON;
}

static mn_editor_outcome nothing(mn_editing *e) {
  (void)e;
  return MN_GOES_ON;
}

/* ---- keys ---- */

/* What a command leaves for the next one. */
enum {
  TYPES = 1,   /* one change with what is typed next */
  BROWSES = 2, /* what it changes is no edit: the text stays an entry of history */
  KEEPS_GOAL = 4,
  KILLS = 8,
  YANKS = 16,
  BEGINS_KEY = 32 /* the command is that of the next key */
};

static const struct binding {
  uint32_t code;
  unsigned modifiers;
  mn_editor_outcome (*command)(mn_editing *e);
  unsigned flags;
} bindings[] = {
    {CTRL('A'), 0, go_line_begin, 0},
    {CTRL('B'), 0, go_left, 0},
    {CTRL('C'), 0, break_off, 0},
    {CTRL('D'), 0, erase_right_or_end, 0},
    {CTRL('E'), 0, go_line_end, 0},
    {CTRL('F'), 0, go_right, 0},
    {CTRL('G'), 0, nothing, 0},
    {CTRL('H'), 0, erase_left, 0},
    {CTRL('I'), 0, complete, 0},
    {CTRL('J'), 0, new_line, 0},
    {CTRL('K'), 0, kill_line_end, KILLS},
    {CTRL('L'), 0, clear_screen, 0},
    {ENTER, 0, enter, 0},
    {CTRL('N'), 0, go_down, BROWSES | KEEPS_GOAL},
    {CTRL('P'), 0, go_up, BROWSES | KEEPS_GOAL},
    {CTRL('Q'), 0, quote, TYPES},
    {CTRL('R'), 0, search_older, 0},
    {CTRL('S'), 0, search_newer, 0},
    {CTRL('T'), 0, transpose, 0},
    {CTRL('U'), 0, kill_line_begin, KILLS},
    {CTRL('V'), 0, quote, TYPES},
    {CTRL('W'), 0, kill_run_left, KILLS},
    {CTRL('Y'), 0, yank, YANKS},
    {CTRL('Z'), 0, suspend, 0},
    {UNDO, 0, undo, 0},
    {BACKSPACE, 0, erase_left, 0},
    {MN_KEY_ESCAPE, 0, escape, BEGINS_KEY},
    {MN_KEY_UP, 0, go_up, BROWSES | KEEPS_GOAL},
    {MN_KEY_DOWN, 0, go_down, BROWSES | KEEPS_GOAL},
    {MN_KEY_LEFT, 0, go_left, 0},
    {MN_KEY_RIGHT, 0, go_right, 0},
    {MN_KEY_HOME, 0, go_line_begin, 0},
    {MN_KEY_END, 0, go_line_end, 0},
    {MN_KEY_DELETE, 0, erase_right, 0},
    {MN_KEY_PAGE_UP, 0, go_older, BROWSES},
    {MN_KEY_PAGE_DOWN, 0, go_newer, BROWSES},
    {MN_KEY_LEFT, MN_KEY_CTRL, go_word_left, 0},
    {MN_KEY_RIGHT, MN_KEY_CTRL, go_word_right, 0},
    {MN_KEY_HOME, MN_KEY_CTRL, go_begin, 0},
    {MN_KEY_END, MN_KEY_CTRL, go_end, 0},
    {MN_KEY_DELETE, MN_KEY_CTRL, kill_word_right, KILLS},
    {MN_KEY_LEFT, MN_KEY_ALT, go_word_left, 0},
    {MN_KEY_RIGHT, MN_KEY_ALT, go_word_right, 0},
    {'b', MN_KEY_ALT, go_word_left, 0},
    {'f', MN_KEY_ALT, go_word_right, 0},
    {'d', MN_KEY_ALT, kill_word_right, KILLS},
    {BACKSPACE, MN_KEY_ALT, kill_word_left, KILLS},
    {CTRL('H'), MN_KEY_ALT, kill_word_left, KILLS},
    {'y', MN_KEY_ALT, yank_older, YANKS},
    {'_', MN_KEY_ALT, redo, 0},
    {ENTER, MN_KEY_ALT, new_line, 0},
    {CTRL('J'), MN_KEY_ALT, new_line, 0},
};

static const struct binding *find(const mn_editor_key *key) {
  for (size_t i = 0; i < sizeof bindings / sizeof *bindings; i++)
    if (bindings[i].code == key->code && bindings[i].modifiers == key->modifiers)
      return &bindings[i];
  return NULL;
}

/* A character, or a byte that is part of none. */
static mn_editor_outcome type(mn_editing *e, const mn_editor_key *key) {
  char bytes[4];
  bool is_byte = key->code >= MN_KEY_BYTE;
  if (key->modifiers != 0 || key->code < 32 || (key->code >= MN_KEY_NONE && !is_byte))
    return key->code == MN_KEY_NONE ? MN_GOES_ON : beep(e);
  size_t size = is_byte ? 1 : mn_utf8_encode(key->code, bytes);
  if (is_byte) bytes[0] = (char)(key->code - MN_KEY_BYTE);
  return done(e, mn_editor_text_type(&e->text, bytes, size));
}

mn_editor_outcome mn_editor_command_do(mn_editing *e, const mn_editor_key *pressed) {
  mn_editor_key key = *pressed;
  if (e->search.is_active && mn_editor_search_key(e, &key)) return MN_GOES_ON;
  if (e->has_escape && key.code < MN_KEY_BYTE) key.modifiers |= MN_KEY_ALT;
  if (e->has_escape && key.code == MN_KEY_ESCAPE) key.modifiers = 0;
  e->has_escape = false;
  const struct binding *binding = find(&key);
  unsigned flags = binding ? binding->flags : TYPES, version = e->text.version;
  if (!(flags & TYPES)) mn_editor_text_part(&e->text);
  if (!(flags & KEEPS_GOAL)) e->goal = -1;
  mn_editor_outcome outcome = binding ? binding->command(e) : type(e, &key);
  if (!(flags & BEGINS_KEY)) {
    e->kills.is_killing = flags & KILLS;
    e->kills.is_yanking = (flags & YANKS) && e->text.version != version;
  }
  if (e->text.version != version && !(flags & BROWSES)) e->entry = e->history.count;
  return outcome;
}

/* What was typed or pasted is an edit, and no command. */
static void end_command(mn_editing *e) {
  e->entry = e->history.count;
  e->kills.is_killing = e->kills.is_yanking = e->has_escape = e->is_quoting = false;
  e->goal = -1;
}

void mn_editor_command_quote(mn_editing *e, const char *bytes, size_t size) {
  (void)done(e, mn_editor_text_type(&e->text, bytes, size));
  end_command(e);
}

void mn_editor_command_paste(mn_editing *e, char *bytes, size_t size) {
  size_t count = 0;
  for (size_t i = 0; i < size; i++) {
    if (bytes[i] == '\n' && i > 0 && bytes[i - 1] == '\r') continue;
    bytes[count++] = bytes[i];
  }
  for (size_t i = 0; i < count; i++)
    if (bytes[i] == '\r') bytes[i] = '\n';
  if (e->search.is_active) mn_editor_search_end(e, true);
  if (!mn_editor_text_replace(&e->text, e->text.cursor, 0, bytes, count))
    mn_editor_view_beep(&e->view);
  end_command(e);
}
