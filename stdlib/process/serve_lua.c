/* process/serve_lua.c -- the link to the parent, and the functions that it calls.
 *
 * When the parent is gone there is nobody for whom to go on, nor to hear of it: the process ends at once. */
#include "process/serve_lua.h"

#include <string.h>

#include "core/binding.h"
#include "core/calling.h"
#include "core/interrupt.h"
#include "os/pipe.h"
#include "os/process.h"
#include "os/shared_page.h"
#include "os/socket.h"
#include "process/deputy_lua.h"
#include "process/keeper.h"
#include "process/peer.h"

/* ---- what the parent calls ---- */

/* Takes thread options as bytes; gives this thread. */
static int l_setup(lua_State *L) {
  size_t size;
  mn_state *state = mn_state_of(L);
  mn_thread *self = state->thread;
  mn_thread_options options;
  const char *bytes = luaL_checklstring(L, 1, &size);
  if (size != sizeof options) return luaL_error(L, "not the same program");
  memcpy(&options, bytes, size);
  /* Nobody else has seen this thread yet. */
  memcpy(self->options.name, options.name, sizeof options.name);
  self->options.memory_limit = options.memory_limit;
  mn_state_set_limit(state, options.memory_limit);
  mn_status status = mn_thread_place(&options, mn_os_thread_self().tid);
  if (status != MN_OK) return luaL_error(L, "nice or affinity: %s", mn_status_word(status));
  mn_push_handle(L, &self->handle);
  return 1;
}

/* Takes the paths, maybe a function and its arguments. */
static int l_initialize(lua_State *L) {
  if (lua_gettop(L) > 2) lua_call(L, lua_gettop(L) - 3, 0);
  return 0;
}

static int l_run(lua_State *L) {
  lua_call(L, lua_gettop(L) - 3, LUA_MULTRET);
  mn_status status = mn_waiter_settle(&mn_self(L)->waiter);
  return status == MN_OK ? lua_gettop(L) - 2 : mn_push_status(L, status);
}

static const mn_deputy_function own[] = {{MN_PEER_SETUP, l_setup, NULL},
                                         {MN_PEER_RUN, l_run, NULL},
                                         {MN_PEER_INITIALIZE, l_initialize, NULL},
                                         {NULL, NULL, NULL}};

/* ---- the link ---- */

static void end_at_once(mn_link *link) {
  (void)link;
  mn_os_exit_now(1);
}

/* Waits for a command, and gives the descriptor that came along; -1: none comes. */
static int receive_descriptor(mn_link *link, mn_command *command) {
  mn_held_signals held;
  size_t count;
  int descriptor = -1;
  mn_status status;
  mn_os_signals_hold(&held);
  while ((status = mn_os_receive(link->control, command, sizeof *command, &count, &descriptor)) ==
         MN_EMPTY)
    mn_os_poll(&(mn_poll){.descriptor = link->control}, 1, MN_FOREVER, &held);
  mn_os_signals_release(&held);
  return status == MN_OK ? descriptor : -1;
}

/* Waits for the main channel, which is the first that the parent opens, after it has maybe sent a board. NULL:
 * it doesn't. */
static mn_channel *receive_channel(mn_link *link) {
  mn_command command;
  int descriptor = receive_descriptor(link, &command);
  if (descriptor >= 0 && command.kind == MN_COMMAND_BOARD) {
    link->board = mn_os_shared_page_map(descriptor);
    mn_os_close(descriptor);
    if (!link->board) return NULL;
    descriptor = receive_descriptor(link, &command);
  }
  if (descriptor < 0) return NULL;
  mn_channel *channel = mn_channel_new(link, descriptor, command.number);
  if (!channel) mn_os_close(descriptor);
  return channel;
}

bool mn_process_serve(lua_State *L, const mn_deputy_function *functions, void *context) {
  mn_state *state = mn_state_of(L);
  const mn_deputy_functions all = {{own, functions}, context};
  mn_keeper_options keeper = {.serve = mn_deputy_body, .main = state->thread, .lost = end_at_once};
  if (!mn_os_close_on_exec(MN_PEER_SOCKET)) return false;
  mn_link *link = mn_link_new(state->runtime, "parent", true, MN_PEER_SOCKET);
  if (!link) return false;
  mn_channel *channel = receive_channel(link);
  bool done = channel && mn_channel_serve(channel, state->thread) == MN_OK &&
              mn_keeper_start(link, &keeper, state->thread) == MN_OK;
  if (done)
    mn_deputy_serve(L, channel, &all);
  else if (channel)
    mn_channel_free(channel);
  mn_link_unref(link);
  return done;
}
