/* main/repl.c -- a plain one: a line is tried as an expression first, then as a statement, which
 * may go on over more lines as long as it only lacks its end. */
#include "main/repl.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "core/inside.h"
#include "core/interrupt.h"
#include "core/status_line.h"
#include "main/stop.h"

/* How reading ended. */
typedef enum got { LINE, END, INTERRUPTED } got;

enum { CHUNK = 512 }; /* bytes read at once; lines may be longer */

/* ---- reading ---- */

/* Shows _PROMPT or _PROMPT2. */
static void show_prompt(lua_State *L, bool first) {
  int top = lua_gettop(L);
  const char *prompt = first ? "> " : ">> ";
  if (lua_getglobal(L, first ? "_PROMPT" : "_PROMPT2") != LUA_TNIL)
    prompt = luaL_tolstring(L, -1, NULL);
  mn_status_line_hold();
  (void)fputs(prompt, stdout);
  (void)fflush(stdout);
  lua_settop(L, top);
}

/* Pushes a line without its newline. Pushes nothing when there is none. */
static got read_line(lua_State *L) {
  luaL_Buffer line;
  luaL_buffinit(L, &line);
  for (;;) {
    char *at = luaL_prepbuffsize(&line, CHUNK);
    errno = 0;
    if (fgets(at, CHUNK, stdin)) {
      size_t count = strlen(at);
      bool whole = count > 0 && at[count - 1] == '\n';
      luaL_addsize(&line, whole ? count - 1 : count);
      if (whole) break;
    } else {
      bool broken_off = ferror(stdin) && errno == EINTR;
      clearerr(stdin);
      if (mn_stop_signal()) return INTERRUPTED;
      if (broken_off) continue;
      if (luaL_bufflen(&line) == 0) return END;
      break; /* the last line has no newline */
    }
  }
  luaL_pushresult(&line);
  return LINE;
}

static got prompt_line(lua_State *L, bool first) {
  show_prompt(L, first);
  int top = lua_gettop(L);
  got answer = read_line(L);
  mn_status_line_release(mn_os_is_terminal(0)); /* which has echoed the end of the line */
  if (answer != LINE) lua_settop(L, top);       /* an unfinished buffer may be there */
  return answer;
}

/* ---- loading ---- */

static bool is_incomplete(lua_State *L, int status) {
  static const char mark[] = "<eof>";
  if (status != LUA_ERRSYNTAX) return false;
  size_t size;
  const char *message = lua_tolstring(L, -1, &size);
  return size >= sizeof mark - 1 && strcmp(message + size - (sizeof mark - 1), mark) == 0;
}

/* The line, which is all that is on the stack, as an expression. Only a chunk is pushed. */
static bool load_expression(lua_State *L) {
  const char *line = lua_tostring(L, 1);
  if (*line == '=') line++; /* as it was written up to Lua 5.2 */
  const char *text = lua_pushfstring(L, "return %s;", line);
  bool ok = luaL_loadbuffer(L, text, strlen(text), "=stdin") == LUA_OK;
  if (ok)
    lua_remove(L, -2);
  else
    lua_pop(L, 2);
  return ok;
}

/* The line as a statement, with as many more as it takes. Leaves the chunk or the error's message
 * above the line; *status is the load's. */
static got load_statement(lua_State *L, int *status) {
  for (;;) {
    size_t size;
    const char *text = lua_tolstring(L, 1, &size);
    *status = luaL_loadbuffer(L, text, size, "=stdin");
    if (!is_incomplete(L, *status)) return LINE;
    got answer = prompt_line(L, false);
    if (answer == INTERRUPTED) return INTERRUPTED;
    if (answer == END) return LINE; /* it stays incomplete, which is an error */
    lua_remove(L, 2);               /* the message */
    lua_pushliteral(L, "\n");
    lua_insert(L, 2);
    lua_concat(L, 3);
  }
}

/* ---- running ---- */

static void complain(const char *message) {
  mn_status_line_begin_write();
  (void)fflush(stdout);
  (void)fprintf(stderr, "%s\n", message);
  mn_status_line_end_write('\n');
}

/* After the "^C" that the terminal has shown. */
static void say_interrupted(const char *traceback) {
  mn_status_line_begin_write();
  (void)fflush(stdout);
  (void)fprintf(stderr, "\ninterrupted%s\n", traceback ? traceback : "");
  mn_status_line_end_write('\n');
}

/* Calls print with all values on the stack. */
static void print_values(lua_State *L) {
  int count = lua_gettop(L);
  if (count == 0) return;
  mn_stack_need_for(L, LUA_MINSTACK, "too many results to print");
  lua_getglobal(L, "print");
  lua_insert(L, 1);
  if (lua_pcall(L, count, 0, 0) == LUA_OK) return;
  if (mn_stop_signal())
    say_interrupted(NULL);
  else
    complain(lua_pushfstring(L, "error calling 'print' (%s)", lua_tostring(L, -1)));
}

/* Runs the chunk on the stack, which is all there is. */
static void run_chunk(mn_state *state) {
  lua_State *L = state->main;
  bool ok = mn_state_call(state->main, 0, LUA_MULTRET) == LUA_OK;
  if (mn_stop_signal()) /* where it was, without the message that our own signal brought */
    say_interrupted(ok ? NULL : strstr(lua_tostring(L, -1), "\nstack traceback:"));
  else if (ok)
    print_values(L);
  else
    complain(lua_tostring(L, -1));
}

/* One turn; false: that was the last one. */
static bool turn(mn_state *state) {
  lua_State *L = state->main;
  lua_settop(L, 0);
  int status = LUA_OK;
  got answer = prompt_line(L, true);
  if (answer == LINE && !load_expression(L)) answer = load_statement(L, &status);
  if (answer == END) return false;
  if (answer == INTERRUPTED) {
    say_interrupted(NULL);
    return true;
  }
  lua_remove(L, 1); /* the line */
  if (status == LUA_OK)
    run_chunk(state);
  else
    complain(lua_tostring(L, -1));
  return true;
}

static void reset(void *state) {
  mn_interrupt_reset(state);
}

/* After a Ctrl-C: makes the state able to go on. False: it was another signal. */
static bool recover(mn_state *state) {
  if (!mn_stop_forget_interrupt(reset, state)) return false;
  clearerr(stdout);
  return true;
}

void mn_repl_run(mn_state *state) {
  while (turn(state))
    if (mn_stop_signal() && !recover(state)) return;
  lua_settop(state->main, 0);
  (void)putchar('\n');
  (void)fflush(stdout);
}
