/* process/channel.c -- frames: a head, a text, the references, and the bytes of the message.
 *
 * The other process runs the same program, so numbers go over as they lie in memory. What comes is
 * checked all the same: that process may be out of its mind.
 *
 * References that were sent stay here until the other side has read them, and so has references of its own:
 * a proxy on its way home may be the last that keeps the object there. Each frame says how many were
 * read so far. */
#include "process/channel.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "core/classes.h"
#include "core/code.h"
#include "os/pipe.h"
#include "os/process.h"
#include "os/socket.h"

enum { SLOTS = 128, LEAST = 8192, DEEPEST = 16 };
/* So often it is looked for an answer before the thread sleeps, for some 20 us. Most come within 5,
 * and an idle processor takes longer than that to wake up, a virtual one ten times as long. */
enum { LOOKS = 40 };
#define MAGIC UINT32_C(0x6e6f6f6d)
#define FLAGS UINT32_C(0x3fffffff) /* of a message, those that are the codec's */

typedef struct head {
  uint32_t magic, kind, flags;
  uint32_t text, references; /* bytes of each */
  uint32_t size, values, handles, message_flags;
  uint32_t seen; /* frames that the sender had received */
  uint64_t call, target, parameter, stayed;
} head;

/* How a reference goes over. */
enum {
  SAME, /* uint32_t: what that slot has */
  CODE, /* uint32_t: goes into that slot; int32_t: its env_upvalue; uint64_t and so many bytes */
  CLASS, /* uint32_t: goes into that slot; a message: size, values, handles, flags, bytes, references */
  YOURS, /* uint64_t: of an object that lives where this is received */
  OURS /* uint64_t: of one that lives where this was sent; a mn_site's text, its type's name, both with
            their zeros */
};

/* What was sent, and maybe not read yet. */
typedef struct kept {
  mn_message message;
  uint32_t frame; /* its number, from 1 */
} kept;

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
  mn_buffer exported; /* uint64_t: objects that the frame that is being made has exported */
  mn_buffer kept;     /* kept */
  bool has_unread;    /* the other side has ended before it had read all */
  /* What the other side has in its slots, and what it has put into ours: references. */
  mn_handle *sent[SLOTS], *received[SLOTS];
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
  channel->socket = socket;
  channel->served.channel = number;
  mn_list_init(&channel->served.node);
  return channel;
}

/* Drops what the other side has read, which has received so many frames. */
static void drop_seen(mn_channel *channel, uint32_t seen) {
  kept *list = (kept *)(void *)channel->kept.data;
  size_t count = channel->kept.size / sizeof *list, done = 0;
  while (done < count && (int32_t)(seen - list[done].frame) >= 0)
    mn_message_drop(&list[done++].message);
  if (done == 0) return;
  channel->kept.size -= done * sizeof *list;
  memmove(list, list + done, channel->kept.size);
}

static void clear_slots(mn_handle **slots) {
  for (int i = 0; i < SLOTS; i++) {
    if (slots[i]) mn_handle_unref(slots[i]);
    slots[i] = NULL;
  }
}

void mn_channel_free(mn_channel *channel) {
  mn_link_leave(channel->link, &channel->served);
  mn_os_close(channel->socket);
  mn_buffer_free(&channel->out);
  mn_buffer_free(&channel->in);
  mn_buffer_free(&channel->text);
  mn_buffer_free(&channel->exported);
  drop_seen(channel, channel->out_count);
  mn_buffer_free(&channel->kept);
  clear_slots(channel->sent);
  clear_slots(channel->received);
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

bool mn_channel_has_unread(const mn_channel *channel) {
  return channel->has_unread;
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

/* ---- writing references ---- */

static bool put(mn_channel *channel, const void *bytes, size_t size) {
  return mn_buffer_add(&channel->out, bytes, size);
}

static bool put_number(mn_channel *channel, uint32_t number) {
  return put(channel, &number, sizeof number);
}

static bool put_kind(mn_channel *channel, unsigned kind) {
  return put(channel, &(unsigned char){(unsigned char)kind}, 1);
}

static mn_status put_references(mn_channel *channel, const mn_message *message);

static mn_status put_code(mn_channel *channel, const mn_code *code) {
  uint64_t size = code->size;
  int32_t env = code->env_upvalue;
  bool done = put(channel, &env, sizeof env) && put(channel, &size, sizeof size) &&
              put(channel, code->bytes, code->size);
  return done ? MN_OK : MN_NOMEM;
}

static mn_status put_class(mn_channel *channel, const mn_message *message) {
  bool done = put_number(channel, message->size) && put_number(channel, message->values) &&
              put_number(channel, message->handles) &&
              put_number(channel, message->flags & FLAGS) &&
              put(channel, mn_message_bytes(message), message->size);
  return done ? put_references(channel, message) : MN_NOMEM;
}

/* What is copied, once for as long as its slot is not taken by another. */
static mn_status put_copied(mn_channel *channel, mn_handle *object) {
  uint32_t slot = (uint32_t)(((uintptr_t)object * UINT64_C(0x9e3779b97f4a7c15)) >> 40) % SLOTS;
  bool is_code = object->type == &mn_code_type;
  if (channel->sent[slot] == object)
    return put_kind(channel, SAME) && put_number(channel, slot) ? MN_OK : MN_NOMEM;
  if (!put_kind(channel, is_code ? CODE : CLASS) || !put_number(channel, slot)) return MN_NOMEM;
  mn_status status =
      is_code ? put_code(channel, (const mn_code *)(const void *)object)
              : put_class(channel, &((const mn_snapshot *)(const void *)object)->message);
  /* Only now, as it is where this is received: what a class refers to may have taken the same slot. */
  if (channel->sent[slot]) mn_handle_unref(channel->sent[slot]);
  channel->sent[slot] = mn_handle_ref(object);
  return status;
}

static mn_status put_object(mn_channel *channel, mn_handle *object) {
  uint64_t id;
  if (mn_proxy_is_of(object, channel->link)) {
    id = ((const mn_proxy *)(const void *)object)->id;
    return put_kind(channel, YOURS) && put(channel, &id, sizeof id) ? MN_OK : MN_NOMEM;
  }
  const char *site = mn_handle_site(object), *name = mn_home_type_name(object);
  if (!mn_buffer_reserve(&channel->exported, sizeof id)) return MN_NOMEM;
  mn_status status = mn_link_export(channel->link, object, &id);
  if (status != MN_OK) return status;
  (void)mn_buffer_add(&channel->exported, &id, sizeof id);
  bool done = put_kind(channel, OURS) && put(channel, &id, sizeof id) &&
              put(channel, site, strlen(site) + 1) && put(channel, name, strlen(name) + 1);
  return done ? MN_OK : MN_NOMEM;
}

static mn_status put_references(mn_channel *channel, const mn_message *message) {
  mn_status status = MN_OK;
  for (uint32_t i = 0; status == MN_OK && i < message->handles; i++) {
    mn_handle *object = message->body.heap.handles[i];
    bool is_copied = object->type == &mn_code_type || object->type == &mn_snapshot_type;
    status = is_copied ? put_copied(channel, object) : put_object(channel, object);
  }
  return status;
}

/* ---- sending ---- */

static mn_status put_frame(mn_channel *channel, const mn_frame *frame) {
  const mn_message *message = &frame->message;
  size_t text = frame->text ? strlen(frame->text) + 1 : 0;
  channel->out.size = channel->exported.size = 0;
  if (!mn_buffer_reserve(&channel->out, sizeof(head))) return MN_NOMEM;
  channel->out.size = sizeof(head);
  if (!put(channel, frame->text, text)) return MN_NOMEM;
  mn_status status = put_references(channel, message);
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
            .message_flags = message->flags & FLAGS,
            .seen = channel->in_count,
            .call = frame->call,
            .target = frame->target,
            .parameter = frame->parameter,
            .stayed = frame->stayed};
  memcpy(channel->out.data, &h, sizeof h);
  return MN_OK;
}

/* Nothing can be read, as errno says. */
static mn_status note_end(mn_channel *channel) {
  if (errno == ECONNRESET) channel->has_unread = true;
  return MN_CLOSED;
}

/* Reads what is there, to be received later. MN_OK, or an end. */
static mn_status take_in(mn_channel *channel) {
  mn_buffer *in = &channel->in;
  size_t count;
  if (!mn_buffer_reserve(in, LEAST)) return MN_NOMEM;
  mn_status status =
      mn_os_receive(channel->socket, in->data + in->size, in->capacity - in->size, &count, NULL);
  if (status == MN_OK) in->size += count;
  if (status == MN_INVALID) return note_end(channel);
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

/* The frame was not sent: the other side knows nothing of what was noted for it. */
static void forget_frame(mn_channel *channel) {
  const uint64_t *ids = (const uint64_t *)(const void *)channel->exported.data;
  for (size_t i = 0; i < channel->exported.size / sizeof *ids; i++)
    mn_link_release(channel->link, ids[i], 1);
  channel->exported.size = 0;
  clear_slots(channel->sent);
  mn_buffer_free(&channel->out);
}

mn_status mn_channel_send_kept(mn_channel *channel, const mn_frame *frame,
                               const mn_waiter *waiter) {
  enum { KEPT = 1 << 16 };
  mn_status status = put_frame(channel, frame);
  if (status != MN_OK) {
    forget_frame(channel);
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
  kept entry = {*message, channel->out_count};
  if (!mn_buffer_add(&channel->kept, &entry, sizeof entry)) return MN_NOMEM;
  *message = (mn_message){0};
  return MN_OK;
}

mn_status mn_channel_send(mn_channel *channel, mn_frame *frame, const mn_waiter *waiter) {
  mn_status status = MN_NOMEM;
  bool is_kept = frame->message.handles > 0;
  if (!is_kept || mn_buffer_reserve(&channel->kept, sizeof(kept)))
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
    if (status == MN_INVALID) return note_end(channel);
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

/* ---- reading references ---- */

typedef struct reader {
  mn_channel *channel;
  const unsigned char *at, *end;
  unsigned depth;
} reader;

static bool get(reader *r, void *value, size_t size) {
  if ((size_t)(r->end - r->at) < size) return false;
  memcpy(value, r->at, size);
  r->at += size;
  return true;
}

static const void *get_bytes(reader *r, size_t size) {
  const unsigned char *bytes = r->at;
  if ((size_t)(r->end - r->at) < size) return NULL;
  r->at += size;
  return bytes;
}

/* A text with its zero; NULL: it has none. */
static const char *get_text(reader *r) {
  const unsigned char *zero = r->at < r->end ? memchr(r->at, 0, (size_t)(r->end - r->at)) : NULL;
  return zero ? get_bytes(r, (size_t)(zero - r->at) + 1) : NULL;
}

static mn_status get_references(reader *r, mn_handle **handles, uint32_t count);

static mn_status get_code(reader *r, mn_handle **object) {
  int32_t env;
  uint64_t size;
  if (!get(r, &env, sizeof env) || !get(r, &size, sizeof size)) return MN_CLOSED;
  const void *bytes = get_bytes(r, size);
  if (!bytes) return MN_CLOSED;
  mn_code *code = mn_code_new(bytes, size, env);
  if (code) *object = &code->handle;
  return code ? MN_OK : MN_NOMEM;
}

static mn_status get_message(reader *r, mn_message *message, uint32_t size, uint32_t values,
                             uint32_t handles, uint32_t flags) {
  const void *bytes = get_bytes(r, size);
  /* A reference takes five bytes or more. */
  if (!bytes || handles > (size_t)(r->end - r->at) || flags & ~FLAGS || ++r->depth > DEEPEST)
    return MN_CLOSED;
  mn_handle **list = mn_alloc((handles > 0 ? handles : 1) * sizeof *list);
  if (!list) return MN_NOMEM;
  mn_status status = get_references(r, list, handles);
  if (status == MN_OK) {
    status = mn_message_make(message, NULL, bytes, size, values, list, handles, flags);
    for (uint32_t i = 0; status != MN_OK && i < handles; i++) mn_handle_unref(list[i]);
  }
  mn_free(list);
  r->depth--;
  return status;
}

static mn_status get_class(reader *r, mn_handle **object) {
  uint32_t size, values, handles, flags;
  mn_message message;
  if (!get(r, &size, sizeof size) || !get(r, &values, sizeof values) ||
      !get(r, &handles, sizeof handles) || !get(r, &flags, sizeof flags))
    return MN_CLOSED;
  mn_status status = get_message(r, &message, size, values, handles, flags);
  if (status != MN_OK) return status;
  mn_snapshot *snapshot = mn_snapshot_new(&message);
  if (snapshot)
    *object = &snapshot->handle;
  else
    mn_message_drop(&message);
  return snapshot ? MN_OK : MN_NOMEM;
}

static mn_status get_copied(reader *r, unsigned kind, mn_handle **object) {
  uint32_t slot;
  if (!get(r, &slot, sizeof slot) || slot >= SLOTS) return MN_CLOSED;
  mn_handle **place = &r->channel->received[slot];
  if (kind != SAME) {
    mn_handle *made = NULL;
    mn_status status = kind == CODE ? get_code(r, &made) : get_class(r, &made);
    if (status != MN_OK) return status;
    if (*place) mn_handle_unref(*place);
    *place = made;
  }
  if (!*place) return MN_CLOSED;
  *object = mn_handle_ref(*place);
  return MN_OK;
}

static mn_status get_object(reader *r, unsigned kind, mn_handle **object) {
  uint64_t id;
  if (!get(r, &id, sizeof id)) return MN_CLOSED;
  if (kind == YOURS) {
    *object = mn_link_exported(r->channel->link, id);
    return *object ? MN_OK : MN_CLOSED;
  }
  const char *where = get_text(r), *name = where ? get_text(r) : NULL;
  if (!name) return MN_CLOSED;
  mn_site site = {""};
  strncat(site.text, where, sizeof site.text - 1);
  mn_proxy *proxy = mn_link_import(r->channel->link, id, name, &site);
  if (proxy) *object = &proxy->handle;
  return proxy ? MN_OK : MN_NOMEM;
}

/* All or none. */
static mn_status get_references(reader *r, mn_handle **handles, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    unsigned char kind = UINT8_MAX;
    mn_status status = MN_CLOSED;
    (void)get(r, &kind, 1);
    if (kind <= CLASS) status = get_copied(r, kind, &handles[i]);
    if (kind == YOURS || kind == OURS) status = get_object(r, kind, &handles[i]);
    if (status == MN_OK) continue;
    while (i > 0) mn_handle_unref(handles[--i]);
    return status;
  }
  return MN_OK;
}

/* ---- receiving ---- */

static bool is_sound(const head *h) {
  return h->magic == MAGIC && h->kind < MN_FRAMES && h->handles <= h->references &&
         (h->message_flags & ~FLAGS) == 0;
}

/* What follows the head is there, but for the message's bytes. */
static mn_status get_body(mn_channel *channel, const head *h, mn_message *message) {
  reader r = {.channel = channel, .at = channel->in.data + channel->done};
  r.end = r.at + h->references;
  channel->done += h->references;
  mn_handle **list = mn_alloc((h->handles > 0 ? h->handles : 1) * sizeof *list);
  if (!list) return MN_NOMEM;
  mn_status status = get_references(&r, list, h->handles);
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
  drop_seen(channel, h.seen);
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
