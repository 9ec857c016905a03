/* main/editor_search.c -- the text itself is left alone until something found is taken. */
#include "main/editor_search.h"

#include "main/editor_glyph.h"

enum { CTRL_C = 3, CTRL_G = 7, CTRL_H = 8, CTRL_R = 18, CTRL_S = 19, BACKSPACE = 127 };

static const char *part_of(const mn_editor_search *search) {
  return search->part.data ? (const char *)search->part.data : "";
}

/* Looks from entry `at` on. What was found before stays if there is no other. */
static void look(mn_editing *e, size_t at) {
  mn_editor_search *s = &e->search;
  size_t where = 0;
  size_t found =
      mn_history_find_part(&e->history, at, s->is_older, part_of(s), s->part.size, &where);
  s->found = found < e->history.count;
  if (!s->found) {
    mn_editor_view_beep(&e->view);
    return;
  }
  s->entry = found;
  s->where = where;
}

static size_t next_of(const mn_editor_search *s) {
  return s->is_older ? s->entry - 1 : s->entry + 1;
}

void mn_editor_search_begin(mn_editing *e, bool is_older) {
  e->search.is_active = e->search.found = true;
  e->search.is_older = is_older;
  e->search.part.size = 0;
  e->search.entry = e->history.count;
}

void mn_editor_search_end(mn_editing *e, bool takes) {
  mn_editor_search *s = &e->search;
  s->is_active = false;
  if (!takes || s->entry >= e->history.count) return;
  const mn_history_entry *entry = &e->history.entries[s->entry];
  if (e->entry == e->history.count) {
    e->draft.size = 0;
    (void)mn_buffer_add(&e->draft, mn_editor_text_bytes(&e->text), mn_editor_text_size(&e->text));
  }
  if (!mn_editor_text_set(&e->text, entry->text, entry->size)) {
    mn_editor_view_beep(&e->view);
    return;
  }
  e->text.cursor = s->where;
  e->entry = s->entry;
  e->prefix = 0;
}

/* Looks for the same, or for what was found, in the next entry. */
static void look_further(mn_editing *e, bool is_older) {
  mn_editor_search *s = &e->search;
  s->is_older = is_older;
  if (s->part.size == 0) return;
  if (s->entry < e->history.count)
    look(e, next_of(s));
  else
    look(e, is_older ? e->history.count - 1 : 0);
}

static void type(mn_editing *e, uint32_t c) {
  char bytes[4];
  size_t size = c >= MN_KEY_BYTE ? 1 : mn_utf8_encode(c, bytes);
  if (c >= MN_KEY_BYTE) bytes[0] = (char)(c - MN_KEY_BYTE);
  mn_editor_search *s = &e->search;
  if (!mn_buffer_add(&s->part, bytes, size)) {
    mn_editor_view_beep(&e->view);
    return;
  }
  bool is_first = s->entry == e->history.count;
  look(e, !is_first ? s->entry : s->is_older ? e->history.count - 1 : 0);
}

static void remove_last(mn_editing *e) {
  mn_editor_search *s = &e->search;
  if (s->part.size == 0) return;
  s->part.size = mn_glyph_before(part_of(s), s->part.size, s->part.size);
  s->entry = e->history.count;
  s->found = true;
  if (s->part.size > 0) look(e, s->is_older ? e->history.count - 1 : 0);
}

bool mn_editor_search_key(mn_editing *e, const mn_editor_key *key) {
  uint32_t c = key->code;
  bool is_character = (c >= 32 && c != BACKSPACE && c < MN_KEY_NONE) || c >= MN_KEY_BYTE;
  if (key->modifiers != 0) c = MN_KEY_NONE;
  if (c == CTRL_R || c == CTRL_S)
    look_further(e, c == CTRL_R);
  else if (c == BACKSPACE || c == CTRL_H)
    remove_last(e);
  else if (c == CTRL_G)
    mn_editor_search_end(e, false);
  else if (is_character && c != MN_KEY_NONE)
    type(e, c);
  else if (c == MN_KEY_ESCAPE)
    mn_editor_search_end(e, true);
  else {
    mn_editor_search_end(e, c != CTRL_C);
    return false;
  }
  return true;
}

bool mn_editor_search_show(const mn_editing *e, mn_editor_scene *scene, mn_buffer *prompt) {
  static const char ending[] = "': ";
  const mn_editor_search *s = &e->search;
  const char *words = s->is_older ? "(search)`" : "(search forward)`";
  if (!s->found) words = s->is_older ? "(not found)`" : "(not found forward)`";
  prompt->size = 0;
  bool ok = mn_buffer_add(prompt, words, strlen(words)) &&
            mn_buffer_add(prompt, part_of(s), s->part.size) &&
            mn_buffer_add(prompt, ending, sizeof ending);
  if (!ok) return false;
  scene->prompt = (const char *)prompt->data;
  if (s->entry < e->history.count) {
    scene->text = e->history.entries[s->entry].text;
    scene->size = e->history.entries[s->entry].size;
    scene->cursor = s->where;
    scene->spans = NULL;
  }
  return true;
}
