/* main/repl_input.c -- the editor of the process's one terminal, and its questions, put to Lua. */
#include "main/repl_input.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/state_data.h"
#include "core/status_line.h"
#include "main/reader.h"
#include "main/repl_face.h"
#include "main/stop.h"

enum { HISTORY_MOST = 10000, RESULTS = 3 };

static mn_editor *editor;
static lua_State *reader; /* of the session that reads */

/* ---- asking Lua ---- */

/* A question: the function of main/repl_edit.lua, and what it is about. */
typedef struct question {
  const char *field;
  const char *text;
  size_t size, cursor;
  mn_candidates *candidates; /* what may be filled in; or NULL */
} question;

static int l_ask(lua_State *L) {
  const question *q = lua_touserdata(L, 1);
  mn_repl_face_push_function(L, "repl_edit", q->field);
  lua_pushlstring(L, q->text, q->size);
  lua_pushinteger(L, (lua_Integer)q->cursor);
  lua_pushlightuserdata(L, q->candidates);
  lua_call(L, 3, RESULTS);
  return RESULTS;
}

/* Pushes the three results. False: there are none; the question is only of convenience. */
static bool ask(const question *q) {
  lua_State *L = reader;
  if (!lua_checkstack(L, LUA_MINSTACK)) return false;
  lua_pushcfunction(L, l_ask);
  lua_pushlightuserdata(L, (void *)(uintptr_t)q);
  if (lua_pcall(L, 1, RESULTS, 0) == LUA_OK) return true;
  lua_pop(L, 1);
  return false;
}

/* The integer at place `i` of the list at `index`. */
static size_t number_at(lua_State *L, int index, lua_Integer i) {
  lua_rawgeti(L, index, i);
  size_t number = (size_t)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return number;
}

static void highlight(void *data, const char *text, size_t size, mn_spans *spans) {
  lua_State *L = reader;
  (void)data;
  if (!ask(&(question){"spans", text, size, 0, NULL})) return;
  lua_Integer count = (lua_Integer)lua_rawlen(L, -3);
  for (lua_Integer i = 1; i + 2 <= count; i += 3)
    mn_spans_add(spans, number_at(L, -3, i), number_at(L, -3, i + 1),
                 (mn_style)number_at(L, -3, i + 2));
  lua_pop(L, RESULTS);
}

static size_t complete(void *data, const char *text, size_t size, size_t cursor,
                       mn_candidates *candidates) {
  lua_State *L = reader;
  (void)data;
  if (!ask(&(question){"candidates", text, size, cursor, candidates})) return cursor;
  size_t begin = (size_t)lua_tointeger(L, -2);
  candidates->is_part = lua_toboolean(L, -1);
  lua_Integer count = (lua_Integer)lua_rawlen(L, -3);
  for (lua_Integer i = 1; i <= count; i++) {
    size_t length;
    lua_rawgeti(L, -3, i);
    const char *word = lua_tolstring(L, -1, &length);
    if (word) mn_candidates_add(candidates, word, length);
    lua_pop(L, 1);
  }
  lua_pop(L, RESULTS);
  return begin;
}

static bool is_complete(void *data, const char *text, size_t size) {
  (void)data;
  if (!ask(&(question){"is_complete", text, size, size, NULL})) return true;
  bool is = lua_toboolean(reader, -3);
  lua_pop(reader, RESULTS);
  return is;
}

static bool is_stopped(void *data) {
  (void)data;
  return mn_stop_signal() != 0;
}

/* ---- the editor ---- */

static void hide(void) {
  mn_editor_hide(editor);
}

static void show(int last) {
  mn_editor_show(editor, last);
}

/* The number of the task that a ":kill" names; 0: it is no such line. */
static uint64_t task_to_kill(const char *text) {
  static const char command[] = ":kill", kind[] = "task ";
  if (strncmp(text, command, sizeof command - 1) != 0) return 0;
  text += sizeof command - 1;
  size_t spaces = strspn(text, " \t");
  if (spaces == 0 || strncmp(text + spaces, kind, sizeof kind - 1) != 0) return 0;
  char *end;
  text += spaces + sizeof kind - 1;
  if (*text < '1' || *text > '9') return 0;
  uint64_t number = strtoull(text, &end, 10);
  return end[strspn(end, " \t")] == '\0' ? number : 0;
}

static bool is_command(const char *text, size_t size) {
  return size > 1 && text[0] == ':' && isalpha((unsigned char)text[1]);
}

/* A task that never waits would keep the command from being done that is to end it. The line is there already:
 * it is taken before another task has its turn. */
static void stop_task(lua_State *L, const mn_editor_line *line) {
  uint64_t number = task_to_kill(line->text);
  if (number != 0) mn_thread_stop_task(mn_state_of(L)->thread, number | MN_TASK_ID);
}

/* Others may write meanwhile, and so may progress bars be finished. */
static mn_status read_input(lua_State *L, const char *prompt, const char *continuation,
                            mn_editor_line *line) {
  static const mn_prompt own = {.hide = hide, .show = show};
  reader = L;
  mn_status_line_hold(&own);
  mn_status status = mn_editor_read(editor, prompt, continuation, line);
  mn_status_line_release(true);
  return status;
}

static void open_history(void) {
  char path[4096];
  const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
  int length = -1;
  if (state && *state == '/')
    length = snprintf(path, sizeof path, "%s/moons/history", state);
  else if (home && *home == '/')
    length = snprintf(path, sizeof path, "%s/.local/state/moons/history", home);
  if (length <= 0 || (size_t)length >= sizeof path) return;
  /* Without its file the history is of this session alone. */
  (void)mn_editor_use_history(editor, path, HISTORY_MOST);
}

static void wake(void) {
  mn_editor_wake(editor);
}

void mn_repl_input_open(void) {
  static const mn_reader_source source = {.hooks = {.highlight = highlight,
                                                    .complete = complete,
                                                    .is_complete = is_complete,
                                                    .is_stopped = is_stopped},
                                          .read = read_input,
                                          .done = stop_task,
                                          .is_command = is_command,
                                          .wake = wake};
  const mn_editor_hooks hooks = mn_reader_hooks(&source);
  editor = mn_editor_new(0, 1, stdin, &hooks);
  if (mn_repl_input_is_edited()) open_history();
}

void mn_repl_input_close(void) {
  mn_editor *old = editor;
  editor = NULL;
  if (old) mn_editor_free(old);
}

bool mn_repl_input_is_edited(void) {
  return editor && mn_editor_is_terminal(editor);
}
