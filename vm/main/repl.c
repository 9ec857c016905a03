/* main/repl.c -- reading lines, and running what main/repl.lua makes of them. */
#include "main/repl.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "core/inside.h"
#include "core/interrupt.h"
#include "core/status_line.h"
#include "main/repl_face.h"
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
  bool is_typed = mn_os_is_terminal(0);
  if (is_typed) show_prompt(L, first);
  int top = lua_gettop(L);
  got answer = read_line(L);
  if (is_typed) mn_status_line_release(true); /* the terminal has echoed the end of the line */
  if (answer != LINE) lua_settop(L, top);     /* an unfinished buffer may be there */
  return answer;
}

/* ---- messages ---- */

/* After the "^C" that the terminal has shown. */
static void say_interrupted(const char *traceback) {
  mn_status_line_begin_write();
  (void)fflush(stdout);
  (void)fprintf(stderr, "\ninterrupted%s\n", traceback ? traceback : "");
  mn_status_line_end_write('\n');
}

/* Says why the protected call failed whose message is on top of the stack. */
static void say_failed(lua_State *L, const char *what) {
  if (mn_stop_signal())
    say_interrupted(NULL);
  else
    mn_repl_complain(lua_pushfstring(L, "%s (%s)", what, mn_state_push_message(L, -1)));
}

/* ---- the Lua half ---- */

static int l_call_face(lua_State *L) {
  mn_repl_face_push_function(L, "repl", lua_touserdata(L, 1));
  lua_replace(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

/* Calls the function `field` of main/repl.lua with the `nargs` values on top of the stack. False: it
 * failed, and that was said; its message is on the stack. */
static bool call_face(lua_State *L, const char *field, int nargs, int nresults) {
  mn_stack_need_for(L, LUA_MINSTACK, "too many results to print");
  lua_pushcfunction(L, l_call_face);
  lua_pushlightuserdata(L, (void *)(uintptr_t)field);
  lua_rotate(L, -nargs - 2, 2);
  if (lua_pcall(L, nargs + 1, nresults, 0) == LUA_OK) return true;
  say_failed(L, "error in the REPL");
  return false;
}

/* ---- running ---- */

/* Shows the values that are all there is on the stack, or has the script's own print do it. */
static void show_values(lua_State *L) {
  int count = lua_gettop(L);
  mn_stack_need_for(L, count + LUA_MINSTACK, "too many results to print");
  for (int i = 1; i <= count; i++) lua_pushvalue(L, i);
  if (!call_face(L, "show", count, 1) || lua_toboolean(L, -1)) return;
  lua_settop(L, count);
  lua_getglobal(L, "print");
  lua_insert(L, 1);
  if (lua_pcall(L, count, 0, 0) != LUA_OK) say_failed(L, "error calling 'print'");
}

/* Runs the chunk on the stack, which is all there is. */
static void run_chunk(mn_state *state) {
  lua_State *L = state->main;
  bool ok = mn_state_call(L, 0, LUA_MULTRET) == LUA_OK;
  if (mn_stop_signal()) /* where it was, without the message that our own signal brought */
    say_interrupted(ok ? NULL : strstr(lua_tostring(L, -1), "\nstack traceback:"));
  else if (ok)
    show_values(L);
  else
    (void)call_face(L, "fail", 1, 0);
}

/* Reads an input. After LINE there is a chunk to be run on the stack, or nothing. */
static got read_input(lua_State *L) {
  for (bool first = true;; first = false) {
    got answer = prompt_line(L, first);
    if (answer == INTERRUPTED) {
      (void)call_face(L, "drop", 0, 0);
      return INTERRUPTED;
    }
    if (answer == END && first) return END;
    if (answer == END) lua_pushnil(L);
    if (!call_face(L, "feed", 1, 1) || lua_isnil(L, -1)) {
      lua_settop(L, 0);
      return LINE;
    }
    if (lua_isfunction(L, -1)) return LINE;
    lua_settop(L, 0); /* it goes on */
  }
}

/* One turn; false: that was the last one. */
static bool turn(mn_state *state) {
  lua_State *L = state->main;
  lua_settop(L, 0);
  got answer = read_input(L);
  if (answer == INTERRUPTED) say_interrupted(NULL);
  if (answer == LINE && lua_gettop(L) > 0) run_chunk(state);
  return answer != END;
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
  mn_interrupt_stop_calls(state->runtime);
  while (turn(state))
    if (mn_stop_signal() && !recover(state)) return;
  lua_settop(state->main, 0);
  if (!mn_os_is_terminal(0)) return;
  (void)putchar('\n');
  (void)fflush(stdout);
}
