/* core/warning.c -- the three states of the warning system, as upstream's command has them. */
#include "core/warning.h"

#include <stdio.h>
#include <string.h>

#include "core/outlet.h"
#include "core/state_data.h"
#include "core/status_line.h"

/* Each state hands Lua the function of its own warning state. */
static void warn_off(void *ud, const char *message, int to_continue);
static void warn_on(void *ud, const char *message, int to_continue);
static void warn_continued(void *ud, const char *message, int to_continue);

/* True: the message was a control message. */
static int control(lua_State *L, const char *message, int to_continue) {
  if (to_continue || message[0] != '@') return 0;
  if (strcmp(message, "@off") == 0)
    lua_setwarnf(L, warn_off, L);
  else if (strcmp(message, "@on") == 0)
    lua_setwarnf(L, warn_on, L);
  return 1;
}

static void warn_off(void *ud, const char *message, int to_continue) {
  (void)control(ud, message, to_continue);
}

static void put(lua_State *L, const char *text) {
  if (mn_outlet_write(mn_state_of(L)->runtime, MN_OUTLET_ERROR, text, strlen(text))) return;
  bool watched = mn_status_line_watches(stderr);
  size_t size = strlen(text);
  if (watched) mn_status_line_begin_write();
  (void)fputs(text, stderr);
  if (watched) mn_status_line_end_write(size > 0 ? (unsigned char)text[size - 1] : -1);
}

static void warn_continued(void *ud, const char *message, int to_continue) {
  put(ud, message);
  if (to_continue) {
    lua_setwarnf(ud, warn_continued, ud);
  } else {
    put(ud, "\n");
    lua_setwarnf(ud, warn_on, ud);
  }
}

static void warn_on(void *ud, const char *message, int to_continue) {
  if (control(ud, message, to_continue)) return;
  put(ud, "Lua warning: ");
  warn_continued(ud, message, to_continue);
}

void mn_warning_open(lua_State *L) {
  lua_setwarnf(L, warn_off, L);
}
