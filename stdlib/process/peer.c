/* process/peer.c -- starting the program once more, with a socket for its descriptor 3. */
#include "process/peer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "core/runtime.h"
#include "os/pipe.h"
#include "os/process.h"
#include "os/shared_page.h"
#include "os/socket.h"
#include "subprocess/pump.h"

/* ---- starting ---- */

/* It reads nothing from this process's standard input. */
static mn_status start_program(mn_child *child, const char *program, int socket) {
  static const char name[] = "moons", option[] = MN_PEER_OPTION;
  const char *arguments[] = {name, option, NULL};
  bool folder_failed;
  int null = mn_os_open_null();
  if (null < 0) return MN_INVALID;
  mn_program p = {
      .file = program, .arguments = arguments, .streams = {null, -1, -1, socket}, .umask = -1};
  mn_status status = mn_child_start(child, &p, MN_FOREVER, &folder_failed);
  int failure = errno;
  mn_os_close(null);
  errno = failure;
  return status;
}

/* The main channel is the first to be opened. */
static mn_status open_channel(mn_peer *peer, mn_thread *self, const mn_keeper_options *keeper) {
  mn_status status = mn_channel_open(peer->link, &peer->channel);
  if (status == MN_OK) status = mn_keeper_start(peer->link, keeper, self);
  return status;
}

/* Makes the board, and sends it before anything else. */
static mn_status share_board(mn_link *link) {
  int descriptor = mn_os_shared_page_new();
  if (descriptor < 0) return MN_INVALID;
  link->board = mn_os_shared_page_map(descriptor);
  mn_status status = MN_INVALID;
  if (link->board) status = mn_link_tell(link, (mn_command){MN_COMMAND_BOARD, 0, 0, 0}, descriptor);
  int failure = errno;
  mn_os_close(descriptor);
  errno = failure;
  return status;
}

/* Makes the two ends of the link, and the process that gets one of them. */
static mn_status make(mn_peer *peer, const char *name, mn_crew *crew, const char *program,
                      mn_thread *self) {
  int ends[2];
  peer->child = mn_child_new(self);
  if (!peer->child) return MN_NOMEM;
  if (mn_os_socket_pair(ends, true) != MN_OK) return MN_INVALID;
  peer->link = mn_link_new(self->runtime, name, false, ends[0]);
  mn_status status = MN_INVALID;
  if (peer->link && crew) {
    peer->link->crew = mn_crew_ref(crew);
    peer->link->worker = self->waiter.id;
    status = share_board(peer->link);
  } else if (peer->link) {
    status = MN_OK;
  }
  if (status == MN_OK) status = start_program(peer->child, program, ends[1]);
  int failure = errno;
  if (!peer->link) mn_os_close(ends[0]);
  mn_os_close(ends[1]);
  errno = failure;
  if (status == MN_OK) mn_link_set_pid(peer->link, peer->child->pid);
  return status;
}

mn_status mn_peer_start(mn_peer *peer, const char *name, mn_keeper_options keeper,
                        mn_thread *self) {
  *peer = (mn_peer){0};
  mn_status status = MN_NOT_PERMITTED;
  const char *program = mn_runtime_program(self->runtime);
  if (program) status = make(peer, name, keeper.crew, program, self);
  if (status == MN_OK) status = open_channel(peer, self, &keeper);
  if (status == MN_OK) return status;
  int failure = errno;
  if (peer->child) mn_child_kill(peer->child);
  (void)mn_peer_end(peer, self, false);
  errno = failure;
  return status;
}

/* ---- calling ---- */

/* Passes on what the thread is asked. */
static void pass_on(const mn_peer *peer, mn_thread *self, mn_status asked, uint64_t call) {
  mn_message value;
  mn_command command = {MN_COMMAND_CANCEL, 0, 0, 0};
  if (asked == MN_INTERRUPTED) {
    command = (mn_command){MN_COMMAND_STOP, mn_channel_number(peer->channel), call, 0};
    if (mn_thread_take_interrupt(self, &value)) mn_message_drop(&value);
  }
  (void)mn_link_tell(peer->link, command, -1);
}

mn_status mn_peer_call(mn_peer *peer, mn_thread *self, const char *text, mn_message *message,
                       mn_frame *answer) {
  const mn_waiter *waiter = &self->waiter;
  mn_time deadline = MN_FOREVER;
  uint64_t call = mn_channel_new_call(peer->channel);
  mn_frame frame = {.kind = MN_FRAME_CALL, .call = call, .text = text, .message = *message};
  *message = (mn_message){0};
  mn_status status = mn_channel_send(peer->channel, &frame, waiter);
  while (status == MN_OK) {
    status = mn_channel_receive(peer->channel, waiter, deadline, answer);
    if (status == MN_OK && answer->kind != MN_FRAME_CALL && answer->kind != MN_FRAME_CALLBACK)
      return MN_OK;
    if (status == MN_OK) {
      mn_message_drop(&answer->message); /* it has no business to call here */
      return MN_CLOSED;
    }
    if (mn_status_is_stop(status)) {
      pass_on(peer, self, status, call);
      if (status == MN_CANCELLED) {
        waiter = NULL;
        deadline = mn_clock() + MN_PEER_GRACE;
      }
      status = MN_OK;
    } else if (status == MN_TIMEOUT) {
      mn_child_signal_all(peer->child, MN_SIGNAL_KILL);
      deadline = MN_FOREVER;
      status = MN_OK;
    }
  }
  return status;
}

mn_status mn_peer_setup(mn_peer *peer, mn_thread *self, const mn_thread_options *options,
                        mn_frame *answer) {
  mn_message message;
  mn_status status = mn_message_of_string(&message, options, sizeof *options);
  if (status != MN_OK) return status;
  return mn_peer_call(peer, self, MN_PEER_SETUP, &message, answer);
}

/* ---- outcomes ---- */

void mn_peer_take_outcome(mn_thread *self, mn_frame *answer) {
  self->result = answer->message;
  self->outcome = MN_THREAD_DONE;
  if (answer->kind == MN_FRAME_CANCELLED) self->outcome = MN_THREAD_CANCELLED;
  if (answer->kind != MN_FRAME_ERROR) return;
  self->outcome = MN_THREAD_FAILED;
  self->traceback = mn_frame_traceback(answer);
}

void mn_peer_fail(mn_thread *self, const char *text) {
  mn_message_drop(&self->result);
  mn_free(self->traceback);
  self->outcome = MN_THREAD_FAILED;
  self->traceback = mn_alloc_text(text);
  (void)mn_message_of_string(&self->result, text, strlen(text));
}

/* ---- the end ---- */

static mn_status wait_for_end(const mn_peer *peer, mn_thread *self, mn_time deadline, int *code) {
  return mn_pump_run(&(mn_pump){.child = peer->child}, &self->waiter, deadline, code);
}

static int wait_or_kill(const mn_peer *peer, mn_thread *self) {
  int code;
  mn_status answer;
  while ((answer = wait_for_end(peer, self, MN_FOREVER, &code)) == MN_INTERRUPTED) {
    mn_message value;
    if (mn_thread_take_interrupt(self, &value)) mn_message_drop(&value);
  }
  self->waiter.shield++;
  if (answer == MN_CANCELLED) {
    (void)mn_link_tell(peer->link, (mn_command){MN_COMMAND_CANCEL, 0, 0, 0}, -1);
    answer = wait_for_end(peer, self, mn_clock() + MN_PEER_GRACE, &code);
  }
  if (answer == MN_TIMEOUT) {
    mn_child_signal_all(peer->child, MN_SIGNAL_KILL);
    answer = wait_for_end(peer, self, MN_FOREVER, &code);
  }
  self->waiter.shield--;
  return answer == MN_OK ? code : MN_PEER_UNKNOWN;
}

static void write_why(char why[MN_LINK_WHY], const mn_peer *peer, int code, bool has_work) {
  int length = snprintf(why, MN_LINK_WHY, "process '%s' (pid %d) ", peer->link->name,
                        mn_link_pid(peer->link));
  char *end = why + length;
  size_t room = MN_LINK_WHY - (size_t)length;
  const char *name = code < 0 ? mn_os_signal_name(-code) : NULL;
  if (code == MN_PEER_UNKNOWN)
    (void)snprintf(end, room, "has ended, nobody knows how");
  else if (code < 0)
    (void)snprintf(end, room, "was killed by signal %d%s%s%s", -code, name ? " (" : "",
                   name ? name : "", name ? ")" : "");
  else
    (void)snprintf(end, room, "ended with exit status %d%s", code,
                   has_work ? " before it was done" : "");
}

int mn_peer_end(mn_peer *peer, mn_thread *self, bool has_work) {
  int code = MN_PEER_UNKNOWN;
  if (peer->channel) mn_channel_free(peer->channel);
  peer->channel = NULL;
  if (peer->child && peer->child->is_started) code = wait_or_kill(peer, self);
  if (peer->link) {
    char why[MN_LINK_WHY];
    write_why(why, peer, code, has_work);
    mn_link_close(peer->link, why);
    mn_link_unref(peer->link);
  }
  if (peer->child) mn_handle_unref(&peer->child->handle);
  *peer = (mn_peer){0};
  return code;
}
