/* process/channel.c -- frames: a head, a text, the references, and the bytes of the message.
 *
 * The other process runs the same program, so numbers go over as they lie in memory. What comes is
 * checked all the same: that process may be out of its mind. Each frame says how many the sender has read so
 * far: what those referred to need not be kept any more. */
#include "process/channel.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "os/pipe.h"
#include "os/process.h"
#include "os/socket.h"
#include "process/references.h"

enum { LEAST = 8192 };
/* So often it is looked for an answer before the thread sleeps, for some 20 us. Most come within 5,
 * and an idle processor takes longer than that to wake up, a virtual one ten times as long. */
enum { LOOKS = 40 };
#define MAGIC UINT32_C(0x6e6f6f6d)

typedef struct head {
  uint32_t magic, kind, flags;
  uint32_t text, references; /* bytes of each */
  uint32_t size, values, handles, message_flags;
  uint32_t seen; /* frames that the sender had received */
  uint64_t call, target, parameter, stayed;
} head;

struct mn_channel {
  mn_link *link; /* a reference */
  int socket;
  mn_served served; /* `channel` is its number, whoever serves it */
  uint64_t last_call;
  mn_buffer out, in;
  size_t done;        /* bytes of `in` that were used */
  mn_buffer text;     /* of the last frame that was received */
  uint32_t out_count; /* frames that were sent, and received; they may wrap */
  uint32_t in_count;
  mn_references references;
};

const char mn_channel_kind;

char *mn_frame_traceback(const mn_frame *frame) {
  return *frame->text ? mn_alloc_text(frame->text) : NULL;
}

/* ---- the object ---- */

mn_channel *mn_channel_new(mn_link *link, int socket, uint32_t number) {
  mn_channel *channel = mn_alloc_zero(sizeof *channel);
  if (!channel) return NULL;
  channel->link = mn_link_ref(link);
  channel->references.link = link;
  channel->socket = socket;
  channel->served.channel = number;
  mn_list_init(&channel->served.node);
  return channel;
}

void mn_channel_free(mn_channel *channel) {
  mn_link_leave(channel->link, &channel->served);
  mn_os_close(channel->socket);
  mn_buffer_free(&channel->out);
  mn_buffer_free(&channel->in);
  mn_buffer_free(&channel->text);
  mn_references_free(&channel->references, channel->out_count);
  mn_link_unref(channel->link);
  mn_free(channel);
}

void mn_channel_end(mn_channel *channel) {
  mn_os_socket_end(channel->socket);
}

mn_link *mn_channel_link(const mn_channel *channel) {
  return channel->link;
}

uint32_t mn_channel_number(const mn_channel *channel) {
  return channel->served.channel;
}

mn_status mn_channel_serve(mn_channel *channel, mn_thread *thread) {
  channel->served.thread = thread;
  return mn_link_serve(channel->link, &channel->served);
}

uint64_t mn_channel_switch_call(mn_channel *channel, uint64_t call) {
  return mn_link_switch_call(channel->link, &channel->served, call);
}

bool mn_channel_begin_call(mn_channel *channel, uint64_t call) {
  return mn_link_begin_call(channel->link, &channel->served, call);
}

uint64_t mn_channel_new_call(mn_channel *channel) {
  return ++channel->last_call;
}

/* The command, with the descriptor of the other end. */
static mn_status tell_open(mn_link *link, uint32_t number, int descriptor) {
  mn_command command = {.kind = MN_COMMAND_OPEN, .number = number};
  mn_status status;
  while ((status = mn_link_tell(link, command, descriptor)) == MN_EMPTY) {
    mn_held_signals held;
    mn_poll poll = {.descriptor = link->control, .writes = true};
    mn_os_signals_hold(&held);
    mn_os_poll(&poll, 1, MN_FOREVER, &held);
    mn_os_signals_release(&held);
  }
  return status;
}

mn_status mn_channel_open(mn_link *link, mn_channel **channel) {
  int ends[2];
  if (atomic_load(&link->closed)) return MN_CLOSED;
  if (mn_os_socket_pair(ends, false) != MN_OK) return MN_INVALID;
  uint32_t number = atomic_fetch_add(&link->last_channel, 1) + 1;
  mn_channel *made = mn_channel_new(link, ends[0], number);
  mn_status status = MN_NOMEM;
  if (made) status = tell_open(link, number, ends[1]);
  mn_os_close(ends[1]);
  if (status == MN_OK)
    *channel = made;
  else if (made)
    mn_channel_free(made);
  else
    mn_os_close(ends[0]);
  return status;
}

/* ---- sending ---- */

static mn_status put_frame(mn_channel *channel, const mn_frame *frame) {
  const mn_message *message = &frame->message;
  size_t text = frame->text ? strlen(frame->text) + 1 : 0;
  channel->out.size = 0;
  if (!mn_buffer_reserve(&channel->out, sizeof(head))) return MN_NOMEM;
  channel->out.size = sizeof(head);
  if (!mn_buffer_add(&channel->out, frame->text, text)) return MN_NOMEM;
  mn_status status = mn_references_put(&channel->references, message, &channel->out);
  if (status != MN_OK) return status;
  size_t references = channel->out.size - sizeof(head) - text;
  if (references > UINT32_MAX || text > UINT32_MAX) return MN_NOMEM;
  head h = {.magic = MAGIC,
            .kind = frame->kind,
            .flags = frame->flags,
            .text = (uint32_t)text,
            .references = (uint32_t)references,
            .size = message->size,
            .values = message->values,
            .handles = message->handles,
            .message_flags = message->flags & MN_REFERENCES_FLAGS,
            .seen = channel->in_count,
            .call = frame->call,
            .target = frame->target,
            .parameter = frame->parameter,
            .stayed = frame->stayed};
  memcpy(channel->out.data, &h, sizeof h);
  return MN_OK;
}

/* Reads what is there, to be received later. MN_OK, or an end. */
static mn_status take_in(mn_channel *channel) {
  mn_buffer *in = &channel->in;
  size_t count;
  if (!mn_buffer_reserve(in, LEAST)) return MN_NOMEM;
  mn_status status =
      mn_os_receive(channel->socket, in->data + in->size, in->capacity - in->size, &count, NULL);
  if (status == MN_OK) in->size += count;
  if (status == MN_INVALID) return MN_CLOSED;
  return status == MN_EMPTY ? MN_OK : status;
}

/* Where several calls are on their way, the other side may wait for room for its answer to the first, and
 * would wait for ever if nobody read that. */
static mn_status wait_for_room(mn_channel *channel, const mn_waiter *waiter) {
  enum { OUT, IN, POLLS };
  mn_held_signals held;
  mn_poll polls[POLLS] = {
      [OUT] = {channel->socket, true, false}, [IN] = {channel->socket, false, false}};
  mn_os_signals_hold(&held);
  bool stops = waiter && mn_waiter_asked_to_stop(waiter) == MN_CANCELLED;
  if (!stops) mn_os_poll(polls, POLLS, MN_FOREVER, &held);
  mn_os_signals_release(&held);
  if (stops) return MN_CANCELLED;
  return polls[IN].ready ? take_in(channel) : MN_OK;
}

static mn_status send_all(mn_channel *channel, const mn_waiter *waiter, mn_span *spans,
                          size_t count) {
  while (count > 0) {
    size_t sent = 0;
    mn_status status = mn_os_send(channel->socket, spans, count, -1, &sent);
    if (status == MN_EMPTY) status = wait_for_room(channel, waiter);
    if (status != MN_OK) return status == MN_CANCELLED ? status : MN_CLOSED;
    for (; count > 0 && sent >= spans->size; count--) sent -= (spans++)->size;
    if (count == 0) break;
    spans->bytes = (const char *)spans->bytes + sent;
    spans->size -= sent;
  }
  return MN_OK;
}

mn_status mn_channel_send_kept(mn_channel *channel, const mn_frame *frame,
                               const mn_waiter *waiter) {
  enum { KEPT = 1 << 16 };
  mn_status status = put_frame(channel, frame);
  if (status != MN_OK) {
    mn_references_forget(&channel->references);
    mn_buffer_free(&channel->out);
    return status;
  }
  const mn_message *message = &frame->message;
  mn_span spans[] = {{channel->out.data, channel->out.size},
                     {mn_message_bytes(message), message->size}};
  status = send_all(channel, waiter, spans, message->size > 0 ? 2 : 1);
  channel->out_count++;
  if (channel->out.capacity > KEPT) mn_buffer_free(&channel->out);
  return status;
}

mn_status mn_channel_keep(mn_channel *channel, mn_message *message) {
  return mn_references_keep(&channel->references, message, channel->out_count);
}

mn_status mn_channel_send(mn_channel *channel, mn_frame *frame, const mn_waiter *waiter) {
  mn_status status = MN_NOMEM;
  bool is_kept = frame->message.handles > 0;
  if (!is_kept || mn_references_reserve_kept(&channel->references))
    status = mn_channel_send_kept(channel, frame, waiter);
  if (is_kept && status == MN_OK) (void)mn_channel_keep(channel, &frame->message);
  mn_message_drop(&frame->message);
  return status;
}

/* ---- receiving bytes ---- */

/* What ends a wait. */
typedef struct limit {
  const mn_waiter *waiter; /* NULL: nobody is asked to stop */
  mn_time deadline;
} limit;

static const limit no_limit = {NULL, MN_FOREVER};

/* Sleeps until there is something to read. */
static mn_status wait_for_bytes(const mn_channel *channel, const limit *until) {
  mn_held_signals held;
  mn_poll poll = {.descriptor = channel->socket};
  mn_os_signals_hold(&held);
  mn_status status = until->waiter ? mn_waiter_asked_to_stop(until->waiter) : MN_EMPTY;
  if (status == MN_EMPTY && until->deadline != MN_FOREVER && mn_clock() >= until->deadline)
    status = MN_TIMEOUT;
  if (status == MN_EMPTY) mn_os_poll(&poll, 1, until->deadline, &held);
  mn_os_signals_release(&held);
  return status;
}

/* Reads at least one byte. */
static mn_status read_some(mn_channel *channel, const limit *until, void *bytes, size_t size,
                           size_t *count) {
  for (int looks = 0;;) {
    mn_status status = mn_os_receive(channel->socket, bytes, size, count, NULL);
    if (status == MN_INVALID) return MN_CLOSED;
    if (status != MN_EMPTY) return status;
    if (looks++ < LOOKS) {
      mn_cpu_yield();
      continue;
    }
    status = wait_for_bytes(channel, until);
    if (status != MN_EMPTY) return status;
    looks = 0;
  }
}

/* Makes sure of `size` unread bytes in `in`. */
static mn_status need(mn_channel *channel, const limit *until, size_t size) {
  mn_buffer *in = &channel->in;
  if (channel->done == in->size) channel->done = in->size = 0;
  while (in->size - channel->done < size) {
    size_t count, missing = size - (in->size - channel->done);
    if (!mn_buffer_reserve(in, missing > LEAST ? missing : LEAST)) return MN_NOMEM;
    mn_status status =
        read_some(channel, until, in->data + in->size, in->capacity - in->size, &count);
    if (status != MN_OK) return status;
    in->size += count;
  }
  return MN_OK;
}

/* Reads just so many bytes to `bytes`. */
static mn_status take(mn_channel *channel, unsigned char *bytes, size_t size) {
  size_t there = channel->in.size - channel->done, count = there < size ? there : size;
  if (count > 0) memcpy(bytes, channel->in.data + channel->done, count);
  channel->done += count;
  while (count < size) {
    size_t more;
    mn_status status = read_some(channel, &no_limit, bytes + count, size - count, &more);
    if (status != MN_OK) return status;
    count += more;
  }
  return MN_OK;
}

/* ---- receiving ---- */

static bool is_sound(const head *h) {
  return h->magic == MAGIC && h->kind < MN_FRAMES && h->handles <= h->references &&
         (h->message_flags & ~MN_REFERENCES_FLAGS) == 0;
}

/* What follows the head is there, but for the message's bytes. */
static mn_status get_body(mn_channel *channel, const head *h, mn_message *message) {
  const unsigned char *references = channel->in.data + channel->done;
  channel->done += h->references;
  mn_handle **list = mn_alloc((h->handles > 0 ? h->handles : 1) * sizeof *list);
  if (!list) return MN_NOMEM;
  mn_status status =
      mn_references_get(&channel->references, references, h->references, list, h->handles);
  if (status == MN_OK) {
    unsigned char *bytes =
        mn_message_start(message, NULL, h->size, h->values, h->handles, h->message_flags);
    for (uint32_t i = 0; i < h->handles; i++) {
      if (bytes)
        message->body.heap.handles[i] = list[i];
      else
        mn_handle_unref(list[i]);
    }
    status = bytes ? take(channel, bytes, h->size) : MN_NOMEM;
    if (bytes && status != MN_OK) mn_message_drop(message);
  }
  mn_free(list);
  return status;
}

static mn_status get_text_of_frame(mn_channel *channel, const head *h) {
  const unsigned char *text = channel->in.data + channel->done;
  channel->text.size = 0;
  channel->done += h->text;
  if (h->text > 0 && text[h->text - 1] != '\0') return MN_CLOSED;
  return mn_buffer_add(&channel->text, h->text > 0 ? (const char *)text : "",
                       h->text > 0 ? h->text : 1)
             ? MN_OK
             : MN_NOMEM;
}

mn_status mn_channel_receive(mn_channel *channel, const mn_waiter *waiter, mn_time deadline,
                             mn_frame *frame) {
  head h;
  mn_message message = {0};
  mn_status status = need(channel, &(limit){waiter, deadline}, 1);
  if (status == MN_OK) status = need(channel, &no_limit, sizeof h);
  if (status != MN_OK) return status;
  memcpy(&h, channel->in.data + channel->done, sizeof h);
  channel->done += sizeof h;
  if (!is_sound(&h)) return MN_CLOSED;
  status = need(channel, &no_limit, (size_t)h.text + h.references);
  if (status == MN_OK) status = get_text_of_frame(channel, &h);
  if (status == MN_OK) status = get_body(channel, &h, &message);
  if (status != MN_OK) return status;
  channel->in_count++;
  mn_references_drop_kept(&channel->references, h.seen);
  *frame = (mn_frame){.kind = (mn_frame_kind)h.kind,
                      .flags = h.flags,
                      .call = h.call,
                      .target = h.target,
                      .parameter = h.parameter,
                      .stayed = h.stayed,
                      .text = (const char *)channel->text.data,
                      .message = message};
  return MN_OK;
}
