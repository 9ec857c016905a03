/* main/editor.c -- the loop: bytes from the terminal become keys, keys become commands, then what has
 * changed is drawn. All keys that have come are done before anything is drawn. */
#include "main/editor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "main/editor_commands.h"
#include "main/editor_keys.h"
#include "main/editor_match.h"
#include "main/editor_search.h"
#include "main/editor_state.h"
#include "os/os.h"
#include "os/pipe.h"
#include "os/terminal.h"

enum {
  CHUNK = 16 * 1024,         /* bytes read at once */
  KEEP_BYTES = 64 * 1024,    /* of a buffer, from one read to the next */
  MOST_COLOURED = 64 * 1024, /* bytes of a text; a longer one has no colours */
  CTRL_C = 3,
  CTRL_D = 4,
  ESCAPE = 27,
  ENTER = 13
};
/* How long the rest of a key may take. */
#define KEY_PATIENCE (MN_SECOND / 20)

struct mn_editor {
  mn_editing e;
  FILE *lines;
  int in, wake;
  bool is_terminal;
  unsigned interrupts; /* in a row */
  mn_buffer input;     /* what has come, from `taken` on not yet decoded */
  size_t taken;
  size_t typed;    /* bytes to come in which a newline is Enter */
  bool is_pasting; /* what comes goes to `pasted` */
  mn_buffer pasted;
  mn_buffer plain; /* the line, if lines are plain */
  mn_spans spans;  /* of text `coloured` */
  unsigned coloured;
  mn_buffer prompt; /* of a search */
};

/* ---- making ---- */

static bool is_fit_terminal(int in, int out) {
  const char *kind = getenv("TERM");
  return kind && *kind && strcmp(kind, "dumb") != 0 && mn_os_is_terminal(in) &&
         mn_os_is_terminal(out);
}

static bool wants_colour(void) {
  const char *none = getenv("NO_COLOR"), *some = getenv("CLICOLOR");
  return !(none && *none) && !(some && strcmp(some, "0") == 0);
}

mn_editor *mn_editor_new(int in, int out, FILE *lines, const mn_editor_hooks *hooks) {
  mn_editor *editor = mn_alloc_zero(sizeof *editor);
  if (!editor) return NULL;
  editor->is_terminal = is_fit_terminal(in, out);
  editor->in = in;
  editor->lines = lines;
  editor->wake = mn_wake_open();
  editor->e.hooks = *hooks;
  mn_editor_view_init(&editor->e.view, out, editor->is_terminal && wants_colour());
  if (editor->wake >= 0) return editor;
  int failure = errno;
  mn_editor_free(editor);
  errno = failure;
  return NULL;
}

void mn_editor_free(mn_editor *editor) {
  mn_editing *e = &editor->e;
  mn_wake_close(editor->wake);
  mn_editor_text_free(&e->text);
  mn_editor_view_free(&e->view);
  mn_history_free(&e->history);
  mn_buffer_free(&e->search.part);
  mn_editor_kills_free(&e->kills);
  mn_buffer_free(&e->draft);
  mn_buffer_free(&editor->input);
  mn_buffer_free(&editor->pasted);
  mn_buffer_free(&editor->plain);
  mn_buffer_free(&editor->prompt);
  mn_spans_free(&editor->spans);
  mn_free(editor);
}

bool mn_editor_is_terminal(const mn_editor *editor) {
  return editor->is_terminal;
}

bool mn_editor_has_colour(const mn_editor *editor) {
  return editor->e.view.is_coloured;
}

mn_status mn_editor_use_history(mn_editor *editor, const char *path, size_t most) {
  return mn_history_use(&editor->e.history, path, most);
}

/* ---- showing ---- */

static void colour(mn_editor *editor) {
  mn_editing *e = &editor->e;
  if (editor->coloured == e->text.version) return;
  editor->coloured = e->text.version;
  editor->spans.spans.size = 0;
  if (e->hooks.highlight && mn_editor_text_size(&e->text) <= MOST_COLOURED)
    e->hooks.highlight(e->hooks.data, mn_editor_text_bytes(&e->text), mn_editor_text_size(&e->text),
                       &editor->spans);
}

/* `is_last`: it stays like that. */
static void show(mn_editor *editor, const char *prompt, const char *continuation, bool is_last) {
  mn_editing *e = &editor->e;
  colour(editor);
  mn_editor_scene scene = {.prompt = prompt,
                           .continuation = continuation,
                           .text = mn_editor_text_bytes(&e->text),
                           .size = mn_editor_text_size(&e->text),
                           .cursor = e->text.cursor,
                           .spans = &editor->spans,
                           .match = {MN_NOWHERE, MN_NOWHERE}};
  size_t pair[2];
  if (e->search.is_active)
    (void)mn_editor_search_show(e, &scene, &editor->prompt);
  else if (!is_last &&
           mn_editor_match_brackets(scene.text, scene.size, scene.cursor, scene.spans, pair))
    memcpy(scene.match, pair, sizeof pair);
  mn_editor_view_update(&e->view, &scene);
}

/* ---- input ---- */

static void forget_taken(mn_editor *editor) {
  mn_buffer *input = &editor->input;
  size_t left = input->size - editor->taken;
  if (editor->taken > 0) memmove(input->data, input->data + editor->taken, left);
  input->size = left;
  editor->taken = 0;
  if (left == 0 && input->capacity > KEEP_BYTES) mn_buffer_free(input);
}

/* What was typed before the terminal was taken has newlines for Enter, and zeros for Ctrl-D. */
static void mend_typed(mn_editor *editor, unsigned char *bytes, size_t count) {
  size_t typed = count < editor->typed ? count : editor->typed;
  for (size_t i = 0; i < typed; i++) {
    if (bytes[i] == '\n') bytes[i] = ENTER;
    if (bytes[i] == '\0') bytes[i] = CTRL_D;
  }
  editor->typed -= typed;
}

/* A Ctrl-C that comes alone is typed: the mark that ends the pasted text was lost. */
static void drop_paste(mn_editor *editor) {
  if (editor->is_pasting) editor->e.is_quoting = false;
  editor->is_pasting = false;
  editor->pasted.size = 0;
}

static mn_status read_input(mn_editor *editor) {
  mn_buffer *input = &editor->input;
  size_t count = 0;
  forget_taken(editor);
  if (!mn_buffer_reserve(input, CHUNK)) return MN_NOMEM;
  mn_status status = mn_os_read(editor->in, input->data + input->size, CHUNK, &count);
  if (status == MN_INVALID && errno == EIO) return MN_CLOSED; /* the terminal has gone */
  if (status == MN_EMPTY) return MN_OK;
  if (status != MN_OK) return status;
  if (count == 0) return MN_CLOSED;
  unsigned char *bytes = input->data + input->size;
  mend_typed(editor, bytes, count);
  if (count == 1 && *bytes == CTRL_C) drop_paste(editor);
  input->size += count;
  return MN_OK;
}

static bool is_stopped(const mn_editor *editor) {
  const mn_editor_hooks *hooks = &editor->e.hooks;
  return hooks->is_stopped && hooks->is_stopped(hooks->data);
}

/* Waits for more input. MN_OK: there may be some, or the terminal has changed. MN_TIMEOUT: there was
 * none for as long as the rest of a key may take. */
static mn_status wait(mn_editor *editor, bool is_patient) {
  mn_poll polls[] = {{editor->in, false, false}, {editor->wake, false, false}};
  mn_time deadline = is_patient ? MN_FOREVER : mn_clock() + KEY_PATIENCE;
  mn_held_signals held;
  mn_os_signals_hold(&held);
  bool stopped = is_stopped(editor);
  if (!stopped) mn_os_poll(polls, 2, deadline, &held);
  mn_os_signals_release(&held);
  if (stopped) return MN_CANCELLED;
  if (polls[1].ready) {
    mn_wake_clear(editor->wake);
    if (mn_terminal_events() & MN_TERMINAL_CONTINUED) mn_editor_view_forget(&editor->e.view);
  }
  if (polls[0].ready) return read_input(editor);
  return !is_patient && mn_clock() >= deadline ? MN_TIMEOUT : MN_OK;
}

/* ---- pasting ---- */

/* Where the mark begins, or as much of it as has come; the end: there is none. */
static size_t find_mark(const char *bytes, size_t size) {
  for (size_t at = 0; at < size;) {
    const char *found = memchr(bytes + at, MN_PASTE_MARK[0], size - at);
    if (!found) return size;
    at = (size_t)(found - bytes);
    size_t left = size - at;
    size_t length = left < MN_PASTE_MARK_SIZE ? left : MN_PASTE_MARK_SIZE;
    if (memcmp(found, MN_PASTE_MARK, length) == 0) return at;
    at++;
  }
  return size;
}

/* Takes what has come of pasted text. False: more has to come. */
static bool paste(mn_editor *editor) {
  const char *bytes = (const char *)editor->input.data + editor->taken;
  size_t left = editor->input.size - editor->taken, size = find_mark(bytes, left);
  bool is_whole = left - size >= MN_PASTE_MARK_SIZE;
  if (!mn_buffer_add(&editor->pasted, bytes, size)) mn_editor_view_beep(&editor->e.view);
  editor->taken += size;
  if (!is_whole) return false;
  editor->taken += MN_PASTE_MARK_SIZE;
  editor->is_pasting = false;
  mn_editor_command_paste(&editor->e, (char *)editor->pasted.data, editor->pasted.size);
  editor->pasted.size = 0;
  if (editor->pasted.capacity > KEEP_BYTES) mn_buffer_free(&editor->pasted);
  return true;
}

/* ---- keys ---- */

/* Does one key. False: there is no whole one; with `is_all` what there is counts as one. */
static bool do_key(mn_editor *editor, bool is_all, mn_editor_outcome *outcome) {
  mn_editor_key key;
  *outcome = MN_GOES_ON;
  size_t left = editor->input.size - editor->taken;
  if (left == 0) return false;
  if (editor->is_pasting) return paste(editor);
  const char *bytes = (const char *)editor->input.data + editor->taken;
  size_t size = mn_editor_key_decode(bytes, left, is_all, &key);
  if (size == 0) return false;
  editor->taken += size;
  editor->e.has_more = left > size;
  if (key.code == MN_KEY_PASTE)
    editor->is_pasting = true;
  else if (key.code != MN_KEY_PASTE_END && editor->e.is_quoting)
    mn_editor_command_quote(&editor->e, bytes, size);
  else if (key.code != MN_KEY_PASTE_END)
    *outcome = mn_editor_command_do(&editor->e, &key);
  return true;
}

static mn_editor_outcome do_keys(mn_editor *editor, bool is_all) {
  mn_editor_outcome outcome = MN_GOES_ON;
  while (outcome == MN_GOES_ON && do_key(editor, is_all, &outcome)) is_all = false;
  return outcome;
}

/* Keys until one ends the read. */
static mn_status edit(mn_editor *editor, const char *prompt, const char *continuation,
                      mn_editor_outcome *outcome) {
  bool is_all = false;
  for (;;) {
    *outcome = do_keys(editor, is_all);
    if (*outcome == MN_SUSPENDS) {
      mn_terminal_suspend();
      mn_editor_view_forget(&editor->e.view);
      continue;
    }
    if (*outcome != MN_GOES_ON) return MN_OK;
    show(editor, prompt, continuation, false);
    bool is_begun = editor->input.size > editor->taken && !editor->is_pasting;
    mn_status status = wait(editor, !is_begun);
    is_all = status == MN_TIMEOUT;
    if (status != MN_OK && status != MN_TIMEOUT) return status;
  }
}

/* ---- reading ---- */

static void begin(mn_editor *editor) {
  mn_editing *e = &editor->e;
  mn_editor_text_clear(&e->text);
  e->search.is_active = e->has_escape = e->is_quoting = false;
  e->kills.is_killing = e->kills.is_yanking = false;
  e->goal = -1;
  e->entry = e->history.count;
  editor->is_pasting = false;
  editor->pasted.size = 0;
}

/* True when a Ctrl-C was typed after Enter, before the terminal could make a signal of it: what lies before it
 * is gone, as if it had come in time. In what is pasted it means nothing. */
static bool take_late_interrupt(mn_editor *editor) {
  mn_poll poll = {editor->in, false, false};
  mn_held_signals held;
  mn_os_signals_hold(&held);
  mn_os_poll(&poll, 1, 0, &held);
  mn_os_signals_release(&held);
  if (poll.ready) (void)read_input(editor);
  const unsigned char *bytes = editor->input.data;
  bool is_late = false;
  for (size_t at = editor->taken; at < editor->input.size && bytes[at] != ESCAPE; at++) {
    if (bytes[at] != CTRL_C) continue;
    editor->taken = at + 1;
    is_late = true;
  }
  return is_late;
}

/* The terminal is given back before the end of the line is seen: a Ctrl-C after that is a signal, and no key
 * that nobody reads any more. True: there was one before that. */
static bool end(mn_editor *editor, const char *prompt, const char *continuation,
                mn_editor_outcome outcome) {
  mn_editing *e = &editor->e;
  mn_editor_search_end(e, false);
  e->text.cursor = mn_editor_text_size(&e->text);
  show(editor, prompt, continuation, true);
  bool is_broken_off =
      outcome == MN_BROKEN_OFF || (outcome == MN_ENTERED && take_late_interrupt(editor));
  mn_terminal_give_back();
  mn_editor_view_close(&e->view, is_broken_off ? "^C" : "");
  return is_broken_off;
}

static mn_status read_edited(mn_editor *editor, const char *prompt, const char *continuation,
                             mn_editor_line *line) {
  mn_editing *e = &editor->e;
  mn_editor_outcome outcome;
  begin(editor);
  if (mn_terminal_take(editor->in, e->view.out, editor->wake, &editor->typed) != MN_OK)
    return MN_INVALID;
  mn_editor_view_open(&e->view);
  mn_status status = edit(editor, prompt, continuation, &outcome);
  int failure = errno;
  if (status != MN_OK) outcome = MN_GOES_ON;
  bool is_broken_off = end(editor, prompt, continuation, outcome);
  errno = failure;
  editor->interrupts = is_broken_off ? editor->interrupts + 1 : 0;
  line->interrupts = editor->interrupts;
  if (status != MN_OK) return status;
  if (outcome == MN_BROKEN_OFF) return MN_INTERRUPTED;
  if (outcome == MN_ENDED) return MN_CLOSED;
  const char *text = mn_editor_text_bytes(&e->text);
  size_t size = mn_editor_text_size(&e->text);
  /* What can't be written is a matter of the history's, not of who reads. */
  (void)mn_history_add(&e->history, text, size);
  if (is_broken_off) return MN_INTERRUPTED;
  line->text = text;
  line->size = size;
  return MN_OK;
}

/* ---- plain lines ---- */

static mn_status finish_plain(mn_editor *editor, mn_editor_line *line) {
  if (!mn_buffer_add(&editor->plain, "", 1)) return MN_NOMEM;
  *line = (mn_editor_line){(const char *)editor->plain.data, editor->plain.size - 1, 0};
  return MN_OK;
}

static mn_status read_plain(mn_editor *editor, const char *prompt, mn_editor_line *line) {
  bool asks = mn_os_is_terminal(editor->in) && mn_os_is_terminal(editor->e.view.out);
  editor->plain.size = 0;
  if (asks) mn_terminal_write(editor->e.view.out, prompt, strlen(prompt));
  if (is_stopped(editor)) return MN_CANCELLED;
  for (;;) {
    errno = 0;
    int c = getc(editor->lines);
    if (c == '\n') return finish_plain(editor, line);
    if (c == EOF) {
      bool is_broken_off = ferror(editor->lines) && errno == EINTR;
      bool is_failed = ferror(editor->lines) && !is_broken_off;
      clearerr(editor->lines);
      if (is_stopped(editor)) return MN_CANCELLED;
      if (is_broken_off) continue;
      if (is_failed) return MN_INVALID;
      return editor->plain.size > 0 ? finish_plain(editor, line) : MN_CLOSED;
    }
    char byte = (char)c;
    if (!mn_buffer_add(&editor->plain, &byte, 1)) return MN_NOMEM;
  }
}

mn_status mn_editor_read(mn_editor *editor, const char *prompt, const char *continuation,
                         mn_editor_line *line) {
  *line = (mn_editor_line){"", 0, 0};
  (void)fflush(stdout);
  return editor->is_terminal ? read_edited(editor, prompt, continuation, line)
                             : read_plain(editor, prompt, line);
}

/* ---- for any thread ---- */

void mn_editor_print(mn_editor *editor, const char *text, size_t size) {
  mn_editor_view_print(&editor->e.view, text, size);
}

void mn_editor_hide(mn_editor *editor) {
  mn_editor_view_hide(&editor->e.view);
}

void mn_editor_show(mn_editor *editor, int last) {
  mn_editor_view_show(&editor->e.view, last);
}

void mn_editor_wake(mn_editor *editor) {
  mn_wake(editor->wake);
}
