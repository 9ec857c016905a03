/* main/repl.c -- reading lines, and running what main/repl.lua makes of them. */
#include "main/repl.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "core/calling.h"
#include "core/inside.h"
#include "core/interrupt.h"
#include "core/status_line.h"
#include "main/reader.h"
#include "main/repl_face.h"
#include "main/repl_input.h"
#include "main/repl_watch.h"
#include "main/session.h"
#include "main/stop.h"
#include "task/task_lua.h"

/* How reading ended. */
typedef enum got { LINE, END, INTERRUPTED } got;

static const char HEADING[] = "\nstack traceback:";

enum { CHUNK = 512 }; /* bytes read at once; lines may be longer */

/* ---- the Lua half ---- */

/* Says why the protected call failed whose message is on top of the stack; what a signal has brought is
 * said later. */
static void say_failed(lua_State *L, const char *what) {
  if (mn_stop_signal()) return;
  mn_repl_complain(lua_pushfstring(L, "%s (%s)", what, mn_state_push_message(L, -1)));
}

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

static bool is_watch_due(void *state) {
  return mn_repl_watch_is_due(state);
}

/* Tells the errors of what ran beside the prompt. */
static void tell_failed(void *state) {
  lua_State *L = ((mn_state *)state)->main;
  int top = lua_gettop(L);
  (void)call_face(L, "tell_failed", 0, 0);
  lua_settop(L, top);
}

/* ---- reading ---- */

/* Pushes a global; no metamethod is called, which a script may have made to complain. */
static int raw_global(lua_State *L, const char *name) {
  lua_pushglobaltable(L);
  lua_pushstring(L, name);
  int type = lua_rawget(L, -2);
  lua_remove(L, -2);
  return type;
}

static int l_tostring(lua_State *L) {
  (void)luaL_tolstring(L, 1, NULL);
  return 1;
}

static void forget_global(lua_State *L, const char *name) {
  lua_pushglobaltable(L);
  lua_pushstring(L, name);
  lua_pushnil(L);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

/* Pushes _PROMPT or _PROMPT2 as text. One that had to be interrupted is given up: the next would have to be, too. */
static const char *push_prompt(lua_State *L, bool first) {
  const char *name = first ? "_PROMPT" : "_PROMPT2";
  lua_pushcfunction(L, l_tostring);
  if (raw_global(L, name) != LUA_TNIL) {
    if (lua_pcall(L, 1, 1, 0) == LUA_OK) return lua_tostring(L, -1);
    say_failed(L, first ? "error in '_PROMPT'" : "error in '_PROMPT2'");
    if (mn_stop_signal()) forget_global(L, name);
  }
  return lua_pushstring(L, first ? "> " : ">> ");
}

static void show_prompt(lua_State *L, bool first) {
  int top = lua_gettop(L);
  const char *prompt = push_prompt(L, first);
  mn_status_line_hold(NULL);
  (void)fputs(prompt, stdout);
  (void)fflush(stdout);
  lua_settop(L, top);
}

static int l_raise_interrupt(lua_State *L) {
  return mn_push_status(L, MN_INTERRUPTED);
}

/* Reads a line while tasks run, and other threads may raise something here. */
static mn_status wait_for_input(mn_session *session, bool first, mn_editor_line *line) {
  mn_state *state = session->state;
  lua_State *L = state->main;
  const mn_reader_duty duty = {&state->runtime->quiet, is_watch_due, tell_failed, state};
  const char *prompt = push_prompt(L, first), *continuation = push_prompt(L, false);
  mn_status status;
  while ((status = mn_reader_read(state, &duty, prompt, continuation, line)) == MN_EMPTY) {
    lua_pushcfunction(L, l_raise_interrupt);
    if (mn_state_call(L, 0, 0) != LUA_OK) (void)call_face(L, "fail", 1, 0);
    lua_pop(L, 1);
  }
  return status;
}

/* Pushes an input that was edited. Pushes nothing when there is none. The session may be left meanwhile: what
 * runs here are tasks. */
static got edit_input(mn_session *session, bool first) {
  lua_State *L = session->state->main;
  int top = lua_gettop(L);
  mn_editor_line line;
  mn_session_begin_run(session);
  mn_status status = wait_for_input(session, first, &line);
  if (!mn_session_end_run(session)) return END;
  lua_settop(L, top);
  if (mn_stop_signal()) status = MN_CANCELLED; /* whatever was typed before */
  switch (status) {
    case MN_OK: lua_pushlstring(L, line.text, line.size); return LINE;
    case MN_CANCELLED: lua_pushliteral(L, "interrupted"); return INTERRUPTED;
    case MN_INTERRUPTED: return INTERRUPTED;
    case MN_CLOSED: return END;
    default: mn_repl_complain("the terminal can't be read"); return END;
  }
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

static got prompt_line(mn_session *session, bool first) {
  lua_State *L = session->state->main;
  if (mn_repl_input_is_edited()) return edit_input(session, first);
  bool is_typed = mn_os_is_terminal(0);
  if (is_typed) show_prompt(L, first);
  int top = lua_gettop(L);
  got answer = read_line(L);
  if (is_typed) mn_status_line_release(true); /* the terminal has echoed the end of the line */
  if (answer != LINE) lua_settop(L, top);     /* an unfinished buffer may be there */
  return answer;
}

/* ---- running ---- */

/* What is started from here on is of an input that has just begun. */
static void begin_family(mn_state *state) {
  state->thread->waiter.family++;
}

static void end_one(mn_state *state, uint32_t family) {
  state->thread->waiter.family = family;
  mn_thread_cancel_family(state->thread);
  mn_tasks_end_family(state->main, family);
}

/* Ends what the input has started that was interrupted; where a task of an earlier one was running, what that
 * has started as well. */
static void end_family(mn_state *state) {
  uint32_t own = state->thread->waiter.family, earlier = state->raised_family;
  state->raised_family = 0;
  if (earlier != 0 && earlier != own) end_one(state, earlier);
  end_one(state, own);
  begin_family(state);
}

/* Shows the values that are all there is on the stack, or has the script's own print do it. */
static void show_values(lua_State *L) {
  int count = lua_gettop(L);
  mn_stack_need_for(L, count + LUA_MINSTACK, "too many results to print");
  for (int i = 1; i <= count; i++) lua_pushvalue(L, i);
  if (!call_face(L, "show", count, 1) || lua_toboolean(L, -1)) return;
  lua_settop(L, count);
  (void)raw_global(L, "print");
  lua_insert(L, 1);
  if (lua_pcall(L, count, 0, 0) != LUA_OK) say_failed(L, "error calling 'print'");
}

/* Whether there is a text on top of the stack, which may be empty. */
static bool has_text(lua_State *L) {
  return lua_gettop(L) > 0 && lua_isstring(L, -1);
}

/* Of the traceback in the report on top of the stack, if there is one, which goes with the message that
 * our own signal has brought: as the error of being interrupted. */
static void push_interruption(lua_State *L) {
  const char *traceback = has_text(L) ? strstr(lua_tostring(L, -1), HEADING) : NULL;
  lua_pushfstring(L, "interrupted%s", traceback ? traceback : "");
}

/* Runs the chunk on the stack, which is all there is. */
static got run_chunk(mn_session *session) {
  mn_state *state = session->state;
  lua_State *L = state->main;
  mn_session_begin_run(session);
  bool ok = mn_state_call(L, 0, LUA_MULTRET) == LUA_OK;
  if (mn_session_was_left(session)) return END;
  if (!mn_stop_signal()) {
    begin_family(state); /* what it has started goes on */
    if (ok)
      show_values(L);
    else
      (void)call_face(L, "fail", 1, 0);
    ok = true;
  }
  if (!mn_session_end_run(session)) return END;
  if (!mn_stop_signal()) return LINE;
  if (ok) lua_settop(L, 0);
  push_interruption(L);
  return INTERRUPTED;
}

/* Reads an input. After LINE there is a chunk to be run on the stack, or nothing. */
static got read_input(mn_session *session) {
  lua_State *L = session->state->main;
  for (bool first = true;; first = false) {
    got answer = prompt_line(session, first);
    if (answer == INTERRUPTED || (answer == END && first)) return answer;
    if (answer == END) lua_pushnil(L);
    lua_pushboolean(L, first);
    if (!call_face(L, "feed", 2, 1) || lua_isnil(L, -1)) {
      lua_settop(L, 0);
      return LINE;
    }
    if (lua_isfunction(L, -1)) return LINE;
    lua_settop(L, 0); /* it goes on */
  }
}

/* One turn. After INTERRUPTED there is on the stack what is to be said, or nothing. */
static got turn(mn_session *session) {
  lua_State *L = session->state->main;
  lua_settop(L, 0);
  got answer = read_input(session);
  return answer == LINE && lua_gettop(L) > 0 ? run_chunk(session) : answer;
}

static void reset(void *state) {
  mn_interrupt_reset(state);
}

/* After a Ctrl-C: makes the state able to go on, and says what was interrupted. False: it was another
 * signal. */
static bool recover(mn_state *state) {
  lua_State *L = state->main;
  while (mn_stop_signal())
    if (!mn_stop_forget_interrupt(reset, state)) return false;
  clearerr(stdout);
  end_family(state);
  mn_status_line_write_error("\n", 1); /* after the "^C" that the terminal has shown */
  if (has_text(L)) (void)call_face(L, "fail", 1, 0);
  return true;
}

static void loop(mn_session *session) {
  lua_State *L = session->state->main;
  lua_pushcfunction(L, mn_repl_l_open);
  if (lua_pcall(L, 0, 0, 0) != LUA_OK) say_failed(L, "there is no 'help'");
  if (mn_repl_input_is_edited()) mn_repl_watch(session->state);
  begin_family(session->state);
  for (;;) {
    got answer = turn(session);
    if (answer == END || (mn_stop_signal() && !recover(session->state))) break;
  }
  lua_settop(L, 0);
  if (!mn_os_is_terminal(0) || mn_stop_signal() || mn_session_was_left(session)) return;
  (void)putchar('\n');
  (void)fflush(stdout);
  (void)call_face(L, "leave", 0, 0);
}

void mn_repl_run(mn_state *state) {
  mn_interrupt_stop_calls(state->runtime);
  mn_repl_input_open();
  mn_sessions_run(state, loop);
  mn_reader_close();
  mn_repl_input_close();
}
