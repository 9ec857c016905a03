/* main/live.c -- a block of lines that stands where a line would be edited. */
#include "main/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "core/calling.h"
#include "core/descriptors.h"
#include "core/status_line.h"
#include "os/terminal.h"

enum { CTRL_Z = 26 };

/* Of the process's one terminal. */
static struct {
  int wake;
  char *text; /* whole lines, or NULL; guarded by the lock of the status lines, and so the rest */
  int rows;
  bool is_shown;
} live;

/* ---- drawing, under the lock ---- */

static void hide(void) {
  char up[32];
  if (!live.is_shown) return;
  int length = snprintf(up, sizeof up, "\r\x1b[%dA\x1b[J", live.rows);
  mn_terminal_write(1, up, (size_t)length);
  live.is_shown = false;
}

static void show(int last) {
  if (live.is_shown || !live.text) return;
  if (last >= 0 && last != '\n') mn_terminal_write(1, "\n", 1);
  mn_terminal_write(1, live.text, strlen(live.text));
  live.is_shown = live.rows > 0;
}

static int count_rows(const char *text) {
  int rows = 0;
  for (; *text; text++) rows += *text == '\n' ? 1 : 0;
  return rows;
}

/* ---- for Lua ---- */

/* True: the terminal is taken, until live_close. False: there is none that is fit for it. */
static int l_open(lua_State *L) {
  static const mn_prompt own = {.hide = hide, .show = show};
  const char *kind = getenv("TERM");
  size_t typed;
  bool is_fit =
      kind && *kind && strcmp(kind, "dumb") != 0 && mn_os_is_terminal(0) && mn_os_is_terminal(1);
  live.wake = is_fit ? mn_wake_open() : -1;
  bool is_open = live.wake >= 0;
  if (is_open && mn_terminal_take(0, 1, live.wake, &typed) != MN_OK) {
    mn_wake_close(live.wake);
    is_open = false;
  }
  if (is_open) {
    (void)fflush(stdout);
    live.text = NULL;
    live.is_shown = false;
    mn_status_line_hold(&own);
  }
  lua_pushboolean(L, is_open);
  return 1;
}

/* Takes whole lines, none wider than the terminal and one less than it has rows at most. */
static int l_show(lua_State *L) {
  char *text = mn_alloc_text(luaL_checkstring(L, 1));
  if (!text) return luaL_error(L, "not enough memory");
  mn_status_line_begin_write(); /* hides it */
  char *old = live.text;
  live.text = text;
  live.rows = count_rows(text);
  mn_status_line_end_write(-1);
  mn_free(old);
  return 0;
}

/* Sleeps until a key was pressed, the terminal has changed, or `deadline`. */
static mn_status wait(mn_waiter *self, mn_poll polls[2], mn_time deadline) {
  mn_held_signals held;
  mn_os_signals_hold(&held);
  mn_status status = mn_waiter_asked_to_stop(self);
  while (status == MN_EMPTY && !polls[0].ready && !polls[1].ready && mn_clock() < deadline) {
    status = mn_descriptors_wait(self, polls, 2, deadline, deadline, &held);
    if (status == MN_EMPTY) status = mn_waiter_asked_to_stop(self);
  }
  mn_os_signals_release(&held);
  return status;
}

/* Takes seconds. The keys; nil: there was none, or the terminal has changed. */
static int l_key(lua_State *L) {
  mn_poll polls[] = {{live.wake, false, false}, {0, false, false}};
  char keys[64];
  size_t count = 0;
  mn_status status = wait(mn_waiter_of(L), polls, mn_check_deadline(L, 1));
  if (status != MN_EMPTY) return mn_push_status(L, status);
  if (polls[0].ready) {
    mn_wake_clear(live.wake);
    (void)mn_terminal_events();
  }
  if (!polls[1].ready) return 0;
  status = mn_os_read(0, keys, sizeof keys, &count);
  if (status == MN_EMPTY) return 0;
  if (status != MN_OK) count = 0;
  if (memchr(keys, CTRL_Z, count)) {
    mn_terminal_suspend();
    return 0;
  }
  lua_pushlstring(L, keys, count); /* none: the terminal has gone */
  return 1;
}

/* What is shown last stays on the screen. */
static int l_close(lua_State *L) {
  (void)L;
  mn_status_line_release(true);
  mn_terminal_give_back();
  mn_wake_close(live.wake);
  mn_free(live.text);
  live.text = NULL;
  return 0;
}

static int l_rows(lua_State *L) {
  int columns, rows;
  bool known = mn_os_terminal_size(1, &columns, &rows) == MN_OK && rows > 0;
  lua_pushinteger(L, known ? rows : 24);
  return 1;
}

const luaL_Reg mn_live_functions[] = {{"live_open", l_open}, {"live_show", l_show},
                                      {"live_key", l_key},   {"live_close", l_close},
                                      {"live_rows", l_rows}, {NULL, NULL}};
