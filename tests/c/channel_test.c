/* tests/c/channel_test.c -- links and channels between two ends in one process: every kind of reference,
 * slots that are taken by others, garbage, lack of memory and of sockets, commands without room. */
#include "process/channel.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "core/classes.h"
#include "core/code.h"
#include "crew.h"
#include "os/faults.h"
#include "os/pipe.h"
#include "os/process.h"
#include "os/socket.h"

/* ---- what is sent ---- */

typedef struct thing {
  mn_handle handle;
} thing;

static int things;

static void destroy_thing(mn_handle *handle) {
  things--;
  mn_free(handle);
}

static const mn_type thing_type = {.name = "thing", .destroy = destroy_thing};

static mn_handle *thing_new(void) {
  thing *t = mn_alloc_zero(sizeof *t);
  CHECK(t);
  things++;
  mn_handle_init(&t->handle, &thing_type);
  t->handle.made_at = mn_made_at_new(&(mn_site){"thing.lua:7"});
  return &t->handle;
}

static mn_handle *code_new(uint32_t number) {
  mn_code *code = mn_code_new(&number, sizeof number, (int)number % 5);
  CHECK(code);
  return &code->handle;
}

/* Takes over the handles. */
static mn_message message_of(const char *bytes, mn_handle *const *handles, size_t count) {
  mn_message message;
  CHECK(mn_message_make(&message, NULL, bytes, strlen(bytes), 3, handles, count, 5) == MN_OK);
  return message;
}

static mn_handle *class_new(const char *bytes, mn_handle *const *handles, size_t count) {
  mn_message message = message_of(bytes, handles, count);
  mn_snapshot *snapshot = mn_snapshot_new(&message);
  CHECK(snapshot);
  return &snapshot->handle;
}

static mn_handle *handle_of(const mn_message *message, size_t index) {
  CHECK(mn_message_is_heap(message) && index < message->handles);
  return message->body.heap.handles[index];
}

static uint32_t number_of(const mn_handle *object) {
  uint32_t number;
  const mn_code *code = (const mn_code *)(const void *)object;
  CHECK(object->type == &mn_code_type && code->size == sizeof number);
  memcpy(&number, code->bytes, sizeof number);
  CHECK(code->env_upvalue == (int)number % 5);
  return number;
}

static const mn_message *message_in(const mn_handle *object) {
  CHECK(object->type == &mn_snapshot_type);
  return &((const mn_snapshot *)(const void *)object)->message;
}

/* ---- two ends ---- */

typedef struct end {
  mn_link *link;
  mn_channel *channel;
} end;

static end left, right;

static void open_ends(void) {
  int control[2], ends[2];
  CHECK(mn_os_socket_pair(control, true) == MN_OK);
  CHECK(mn_os_socket_pair(ends, false) == MN_OK);
  left.link = mn_link_new(&crew_runtime, "child", false, control[0]);
  right.link = mn_link_new(&crew_runtime, "parent", true, control[1]);
  CHECK(left.link && right.link);
  left.channel = mn_channel_new(left.link, ends[0], 1);
  right.channel = mn_channel_new(right.link, ends[1], 1);
  CHECK(left.channel && right.channel);
}

/* Does what the other end has asked for, as its keeper would. */
static void obey(mn_link *link) {
  mn_command command;
  size_t count;
  int descriptor;
  while (mn_os_receive(link->control, &command, sizeof command, &count, &descriptor) == MN_OK) {
    CHECK(count == sizeof command && descriptor < 0 && command.kind == MN_COMMAND_RELEASE);
    mn_link_release(link, command.id, command.count);
  }
}

static void close_ends(void) {
  mn_channel_free(left.channel);
  mn_channel_free(right.channel);
  mn_link_close(left.link, NULL);
  mn_link_close(right.link, NULL);
  CHECK(things == 0);
  mn_link_unref(left.link);
  mn_link_unref(right.link);
}

static void send_to(mn_channel *to, mn_message message) {
  mn_frame frame = {.kind = MN_FRAME_RETURN, .message = message};
  CHECK(mn_channel_send(to, &frame, NULL) == MN_OK);
}

static mn_message receive_from(mn_channel *from) {
  mn_frame frame;
  CHECK(mn_channel_receive(from, NULL, MN_FOREVER, &frame) == MN_OK);
  return frame.message;
}

/* ---- frames ---- */

static void heads(void) {
  open_ends();
  for (int kind = 0; kind < MN_FRAMES; kind++) {
    mn_frame frame = {.kind = (mn_frame_kind)kind,
                      .flags = UINT32_MAX,
                      .call = UINT64_MAX - 1,
                      .target = 3,
                      .stayed = UINT64_C(1) << 63,
                      .text = kind % 2 ? "text" : NULL,
                      .message = message_of(kind ? "bytes" : "", NULL, 0)};
    CHECK(mn_channel_send(left.channel, &frame, NULL) == MN_OK && frame.message.size == 0);
    mn_frame got;
    CHECK(mn_channel_receive(right.channel, NULL, MN_FOREVER, &got) == MN_OK);
    CHECK(got.kind == (mn_frame_kind)kind && got.flags == UINT32_MAX);
    CHECK(got.call == UINT64_MAX - 1 && got.target == 3 && got.stayed == UINT64_C(1) << 63);
    CHECK(strcmp(got.text, kind % 2 ? "text" : "") == 0);
    CHECK(got.message.values == 3 && got.message.handles == 0 &&
          got.message.size == (kind ? 5 : 0));
    CHECK(memcmp(mn_message_bytes(&got.message), "bytes", got.message.size) == 0);
    mn_message_drop(&got.message);
  }
  CHECK(mn_channel_number(left.channel) == 1 && mn_channel_new_call(left.channel) == 1);
  CHECK(mn_channel_new_call(left.channel) == 2);
  close_ends();
}

static void references(void) {
  mn_handle *object = thing_new(), *code = code_new(11);
  mn_handle *inner = class_new("inner", (mn_handle *[]){mn_handle_ref(object)}, 1);
  mn_handle *outer = class_new("outer", (mn_handle *[]){mn_handle_ref(code), inner}, 2);
  mn_handle *all[] = {object, code, outer, mn_handle_ref(code), mn_handle_ref(object)};
  open_ends();
  send_to(left.channel, message_of("all", all, 5));
  mn_message got = receive_from(right.channel);
  CHECK(got.handles == 5 && got.values == 3 && got.size == 3 && (got.flags & 7) == 5);
  mn_proxy *proxy = (mn_proxy *)(void *)handle_of(&got, 0);
  CHECK(mn_proxy_is_of(&proxy->handle, right.link) && !mn_proxy_is_of(&proxy->handle, left.link));
  CHECK(strcmp(proxy->type_name, "thing") == 0 && proxy->count == 3);
  CHECK(strcmp(mn_handle_site(&proxy->handle), "thing.lua:7") == 0);
  CHECK(strcmp(mn_home_type_name(&proxy->handle), "thing") == 0);
  CHECK(number_of(handle_of(&got, 1)) == 11 && handle_of(&got, 1) == handle_of(&got, 3));
  const mn_message *class_ = message_in(handle_of(&got, 2));
  CHECK(class_->handles == 2 && class_->size == 5 && class_->values == 3);
  CHECK(handle_of(class_, 0) == handle_of(&got, 1));
  CHECK(handle_of(message_in(handle_of(class_, 1)), 0) == &proxy->handle);
  CHECK(handle_of(&got, 4) == &proxy->handle);
  /* Home again; code that came is other code. */
  mn_handle *back[] = {mn_handle_ref(&proxy->handle), mn_handle_ref(handle_of(&got, 1))};
  send_to(right.channel, message_of("back", back, 2));
  mn_message returned = receive_from(left.channel);
  CHECK(handle_of(&returned, 0) == object && number_of(handle_of(&returned, 1)) == 11);
  mn_message_drop(&returned);
  mn_message_drop(&got);
  /* What the slots have keeps the class, and so the proxy. */
  obey(left.link);
  CHECK(things == 1);
  close_ends();
}

static void counts(void) {
  open_ends();
  mn_handle *object = thing_new();
  uint64_t id = 0, other = 0;
  for (int i = 0; i < 3; i++) CHECK(mn_link_export(left.link, object, &id) == MN_OK);
  CHECK(mn_link_export(left.link, object, &other) == MN_OK && other == id);
  mn_handle_unref(object);
  mn_link_release(left.link, id + 1, 1);
  mn_link_release(left.link, id, 3);
  CHECK(things == 1);
  mn_handle *found = mn_link_exported(left.link, id);
  CHECK(found == object && !mn_link_exported(left.link, id + 1));
  mn_link_release(left.link, id, 1);
  CHECK(things == 1 && !mn_link_exported(left.link, id));
  mn_handle_unref(found);
  CHECK(things == 0);
  /* Through a channel: gone when the last proxy has gone, however often it was sent. */
  object = thing_new();
  for (int i = 0; i < 3; i++) {
    send_to(left.channel, message_of("x", (mn_handle *[]){mn_handle_ref(object)}, 1));
    mn_message got = receive_from(right.channel);
    mn_message_drop(&got);
  }
  mn_handle_unref(object);
  /* What was sent is kept until the other side says that it was read. */
  send_to(right.channel, message_of("x", NULL, 0));
  mn_message got = receive_from(left.channel);
  mn_message_drop(&got);
  CHECK(things == 1);
  obey(left.link);
  CHECK(things == 0);
  mn_link_close(left.link, "why not");
  mn_link_close(left.link, "another reason");
  char why[MN_LINK_WHY];
  mn_link_why(left.link, why);
  CHECK(strcmp(why, "why not") == 0);
  object = thing_new();
  CHECK(mn_link_export(left.link, object, &id) == MN_CLOSED);
  mn_frame frame = {.message = message_of("x", &object, 1)};
  CHECK(mn_channel_send(left.channel, &frame, NULL) == MN_CLOSED);
  close_ends();
}

/* Many more functions and classes than there are slots, classes that have functions: what comes is
 * always what was sent. */
static void slots(void) {
  enum { CODES = 1000, CLASSES = 300, ROUNDS = 3000 };
  static mn_handle *codes[CODES], *classes[CLASSES];
  static uint32_t first[CLASSES];
  unsigned long random = test_seed(1);
  open_ends();
  for (uint32_t i = 0; i < CODES; i++) codes[i] = code_new(i);
  for (int i = 0; i < CLASSES; i++) {
    mn_handle *methods[8];
    first[i] = (uint32_t)(next_random(&random) % (CODES - 8));
    for (uint32_t j = 0; j < 8; j++) methods[j] = mn_handle_ref(codes[first[i] + j]);
    classes[i] = class_new("class", methods, 8);
  }
  for (int round = 0; round < ROUNDS; round++) {
    size_t code = next_random(&random) % CODES, class_ = next_random(&random) % CLASSES;
    bool near = next_random(&random) % 2 == 0;
    if (near) code = first[class_] + code % 8;
    mn_handle *handles[] = {mn_handle_ref(classes[class_]), mn_handle_ref(codes[code])};
    send_to(left.channel, message_of("m", handles, 2));
    mn_message got = receive_from(right.channel);
    const mn_message *methods = message_in(handle_of(&got, 0));
    for (uint32_t j = 0; j < 8; j++) CHECK(number_of(handle_of(methods, j)) == first[class_] + j);
    CHECK(number_of(handle_of(&got, 1)) == code);
    mn_message_drop(&got);
  }
  for (int i = 0; i < CODES; i++) mn_handle_unref(codes[i]);
  for (int i = 0; i < CLASSES; i++) mn_handle_unref(classes[i]);
  close_ends();
}

enum { MUCH = 3 << 20 };

static mn_message much(void) {
  mn_message message;
  unsigned char *bytes = mn_message_start(&message, NULL, MUCH, 1, 0, 0);
  CHECK(bytes);
  for (int i = 0; i < MUCH; i++) bytes[i] = (unsigned char)(i % 251);
  return message;
}

static void *send_much(void *unused) {
  (void)unused;
  for (int i = 0; i < 3; i++) send_to(left.channel, much());
  return NULL;
}

/* More than the socket has room for. */
static void long_ones(void) {
  open_ends();
  pthread_t thread = start_thread(send_much, NULL);
  mn_message expected = much();
  for (int i = 0; i < 3; i++) {
    mn_message got = receive_from(right.channel);
    CHECK(got.size == MUCH);
    CHECK(memcmp(mn_message_bytes(&got), mn_message_bytes(&expected), MUCH) == 0);
    mn_message_drop(&got);
  }
  join_thread(thread);
  mn_message_drop(&expected);
  close_ends();
}

static void waits(void) {
  mn_thread *self = crew_thread();
  mn_frame frame;
  open_ends();
  CHECK(mn_channel_receive(left.channel, NULL, 0, &frame) == MN_TIMEOUT);
  CHECK(mn_channel_receive(left.channel, &self->waiter, mn_clock() + MN_SECOND / 100, &frame) ==
        MN_TIMEOUT);
  atomic_store(&self->waiter.cancelled, true);
  CHECK(mn_channel_receive(left.channel, &self->waiter, MN_FOREVER, &frame) == MN_CANCELLED);
  /* What is there is taken all the same. */
  send_to(right.channel, message_of("x", NULL, 0));
  CHECK(mn_channel_receive(left.channel, &self->waiter, MN_FOREVER, &frame) == MN_OK);
  mn_message_drop(&frame.message);
  mn_channel_end(right.channel);
  CHECK(mn_channel_receive(left.channel, NULL, MN_FOREVER, &frame) == MN_CLOSED);
  frame = (mn_frame){.message = message_of("x", NULL, 0)};
  CHECK(mn_channel_send(left.channel, &frame, NULL) == MN_CLOSED);
  close_ends();
  drop_thread(self);
}

/* ---- garbage ---- */

enum { MOST = 4096 };

/* The bytes of a frame with all that there is. */
static size_t valid_frame(unsigned char *bytes) {
  mn_handle *object = thing_new();
  send_to(right.channel, message_of("theirs", &object, 1));
  mn_message theirs = receive_from(left.channel);
  mn_handle *inner = class_new("i", (mn_handle *[]){code_new(2)}, 1);
  mn_handle *all[] = {thing_new(), code_new(1),
                      class_new("outer", (mn_handle *[]){thing_new(), inner}, 2),
                      mn_handle_ref(handle_of(&theirs, 0))};
  mn_frame frame = {.kind = MN_FRAME_CALL, .text = "name", .message = message_of("all", all, 4)};
  CHECK(mn_channel_send(left.channel, &frame, NULL) == MN_OK);
  mn_message_drop(&theirs);
  mn_frame got;
  int ends[2];
  size_t size, count;
  /* It is read by hand from the socket that the right channel has: that goes into a new one. */
  CHECK(mn_os_socket_pair(ends, false) == MN_OK);
  mn_channel *copy = mn_channel_new(left.link, ends[0], 2);
  CHECK(copy);
  mn_handle *again[] = {thing_new(), code_new(1),
                        class_new("outer", (mn_handle *[]){thing_new(), code_new(2)}, 2),
                        code_new(3)};
  frame = (mn_frame){.kind = MN_FRAME_CALL, .text = "name", .message = message_of("all", again, 4)};
  CHECK(mn_channel_send(copy, &frame, NULL) == MN_OK);
  CHECK(mn_os_receive(ends[1], bytes, MOST, &size, NULL) == MN_OK && size < MOST);
  CHECK(mn_os_receive(ends[1], bytes + size, MOST - size, &count, NULL) == MN_EMPTY);
  mn_os_close(ends[1]);
  mn_channel_free(copy);
  CHECK(mn_channel_receive(right.channel, NULL, MN_FOREVER, &got) == MN_OK);
  mn_message_drop(&got.message);
  return size;
}

/* Receives what can be made of the bytes, after which nothing comes. How many frames. */
static int receive_bytes(const unsigned char *bytes, size_t size) {
  int ends[2], frames = 0;
  size_t sent;
  mn_frame frame;
  CHECK(mn_os_socket_pair(ends, false) == MN_OK);
  mn_channel *channel = mn_channel_new(right.link, ends[0], 3);
  CHECK(channel);
  if (size > 0) CHECK(mn_os_send(ends[1], &(mn_span){bytes, size}, 1, -1, &sent) == MN_OK);
  CHECK(size == 0 || sent == size);
  mn_os_close(ends[1]);
  mn_status status;
  while ((status = mn_channel_receive(channel, NULL, MN_FOREVER, &frame)) == MN_OK) {
    CHECK(frame.kind < MN_FRAMES && frame.text);
    CHECK(memchr(frame.text, 0, 64));
    mn_message_drop(&frame.message);
    frames++;
  }
  CHECK(status == MN_CLOSED || status == MN_NOMEM);
  mn_channel_free(channel);
  return frames;
}

/* Each byte changed in turn, and each end cut off: a sound frame or none, and nothing is left. */
static void garbage(void) {
  static const unsigned char changes[] = {1, 0xff};
  unsigned char bytes[2 * MOST];
  open_ends();
  size_t size = valid_frame(bytes);
  size_t before = right.link->imports.count; /* those in the classes that the right channel has */
  CHECK(receive_bytes(bytes, size) == 1);
  for (size_t at = 0; at < size; at++) {
    CHECK(receive_bytes(bytes, at) == 0);
    for (size_t c = 0; c < sizeof changes; c++) {
      bytes[at] ^= changes[c];
      (void)receive_bytes(bytes, size);
      bytes[at] ^= changes[c];
    }
    obey(left.link);
  }
  memcpy(bytes + size, bytes, size);
  CHECK(receive_bytes(bytes, 2 * size) == 2);
  unsigned long random = test_seed(1);
  for (int i = 0; i < 300; i++) {
    unsigned char copy[MOST];
    memcpy(copy, bytes, size);
    for (int n = 0; n < 3; n++)
      copy[sizeof(uint32_t) + next_random(&random) % (size - 4)] =
          (unsigned char)next_random(&random);
    (void)receive_bytes(copy, size);
    if (i % 100 == 0) obey(left.link);
  }
  CHECK(right.link->imports.count == before);
  close_ends();
}

/* ---- faults ---- */

#ifdef MN_FAULTS

static mn_message all_kinds(void) {
  mn_handle *all[] = {thing_new(), code_new(1),
                      class_new("outer", (mn_handle *[]){thing_new(), code_new(2)}, 2),
                      code_new(3)};
  return message_of("all", all, 4);
}

static void no_memory_to_send(void) {
  open_ends();
  for (long n = 0, failed = 1; failed; n++) {
    mn_frame frame = {.text = "text", .message = all_kinds()};
    mn_alloc_fail_at(n, false);
    mn_status status = mn_channel_send(left.channel, &frame, NULL);
    failed = mn_alloc_did_fail();
    mn_alloc_fail_at(-1, false);
    CHECK(status == (failed ? MN_NOMEM : MN_OK));
    if (failed) send_to(left.channel, all_kinds());
    mn_message got = receive_from(right.channel);
    CHECK(got.handles == 4 && number_of(handle_of(&got, 3)) == 3);
    mn_message_drop(&got);
  }
  close_ends();
}

static void no_memory_to_receive(void) {
  for (long n = 0, failed = 1; failed; n++) {
    mn_frame frame;
    open_ends();
    send_to(left.channel, all_kinds());
    mn_alloc_fail_at(n, false);
    mn_status status = mn_channel_receive(right.channel, NULL, MN_FOREVER, &frame);
    failed = mn_alloc_did_fail();
    mn_alloc_fail_at(-1, false);
    /* Without memory for it a proxy does not know where its object was made. */
    CHECK(status == MN_OK || (failed && status == MN_NOMEM));
    if (status == MN_OK) mn_message_drop(&frame.message);
    close_ends();
  }
}

static void no_memory_for_links(void) {
  int control[2];
  CHECK(mn_os_socket_pair(control, true) == MN_OK);
  mn_alloc_fail_at(0, false);
  CHECK(!mn_link_new(&crew_runtime, "x", false, control[0]));
  mn_alloc_fail_at(-1, false);
  mn_os_close(control[0]);
  mn_os_close(control[1]);
  open_ends();
  mn_handle *object = thing_new();
  for (long n = 0; n < 2; n++) {
    uint64_t id;
    mn_alloc_fail_at(n, false);
    CHECK(mn_link_export(left.link, object, &id) == MN_NOMEM);
  }
  mn_alloc_fail_at(0, false);
  CHECK(!mn_link_import(left.link, 16, "thing", &(mn_site){"x"}));
  mn_alloc_fail_at(-1, false);
  mn_handle_unref(object);
  CHECK(things == 0);
  close_ends();
}

static void no_sockets(void) {
  mn_channel *channel;
  open_ends();
  mn_os_fail_at(MN_CALL_SOCKET, 0, true);
  CHECK(mn_channel_open(left.link, &channel) == MN_INVALID && errno == EAGAIN);
  CHECK(!mn_link_new(&crew_runtime, "x", false, -1) && errno == EAGAIN);
  mn_os_fail_at(MN_CALL_SOCKET, -1, false);
  mn_alloc_fail_at(0, false);
  CHECK(mn_channel_open(left.link, &channel) == MN_NOMEM);
  mn_alloc_fail_at(-1, false);
  close_ends();
}

#endif

/* ---- commands ---- */

static void opens(void) {
  mn_channel *channel;
  mn_command command;
  size_t count;
  int descriptor;
  open_ends();
  CHECK(mn_channel_open(left.link, &channel) == MN_OK);
  CHECK(mn_os_receive(right.link->control, &command, sizeof command, &count, &descriptor) == MN_OK);
  CHECK(command.kind == MN_COMMAND_OPEN && command.number == mn_channel_number(channel));
  mn_channel *other = mn_channel_new(right.link, descriptor, command.number);
  CHECK(other);
  send_to(channel, message_of("there", NULL, 0));
  mn_message got = receive_from(other);
  CHECK(got.size == 5);
  mn_message_drop(&got);
  mn_channel_free(channel);
  mn_channel_free(other);
  mn_link_close(left.link, NULL);
  CHECK(mn_channel_open(left.link, &channel) == MN_CLOSED);
  CHECK(mn_link_tell(left.link, (mn_command){MN_COMMAND_CANCEL, 0, 0, 0}, -1) == MN_CLOSED);
  close_ends();
}

/* All commands come, in order, also those that the socket had no room for at first. */
static void flushes(void) {
  enum { COMMANDS = 5000 };
  mn_command command;
  size_t count;
  int descriptor;
  open_ends();
  for (uint64_t i = 0; i < COMMANDS; i++)
    CHECK(mn_link_tell(left.link, (mn_command){MN_COMMAND_RELEASE, 0, i, 1}, -1) == MN_OK);
  CHECK(left.link->pending.size > 0);
  for (uint64_t i = 0; i < COMMANDS; i++) {
    while (mn_os_receive(right.link->control, &command, sizeof command, &count, &descriptor) !=
           MN_OK)
      (void)mn_link_flush(left.link);
    CHECK(count == sizeof command && command.id == i);
  }
  CHECK(!mn_link_flush(left.link) && left.link->pending.size == 0);
  close_ends();
}

/* Whoever serves is asked to stop in the call that is meant, also one that has not begun. */
static void stops(void) {
  mn_thread *self = crew_thread();
  mn_message value;
  open_ends();
  mn_link_stop_call(left.link, 1, 1); /* nobody serves it */
  CHECK(mn_channel_serve(left.channel, self) == MN_OK);
  mn_link_stop_call(left.link, 1, 2);
  CHECK(mn_channel_switch_call(left.channel, 1) == 0);
  CHECK(!mn_thread_take_interrupt(self, &value));
  CHECK(mn_channel_switch_call(left.channel, 2) == 1);
  CHECK(mn_thread_take_interrupt(self, &value));
  CHECK(mn_channel_switch_call(left.channel, 3) == 2);
  mn_link_stop_call(left.link, 2, 3); /* another channel's */
  CHECK(!mn_thread_take_interrupt(self, &value));
  mn_link_stop_call(left.link, 1, 3);
  CHECK(mn_channel_switch_call(left.channel, 0) == 3);
  CHECK(!mn_thread_take_interrupt(self, &value)); /* it has ended before it was raised */
  mn_link_close(left.link, NULL);
  CHECK(atomic_load(&self->waiter.cancelled));
  close_ends();
  drop_thread(self);
}

int main(void) {
  RUN(heads);
  RUN(references);
  RUN(counts);
  RUN(slots);
  RUN(long_ones);
  RUN(waits);
  RUN(garbage);
#ifdef MN_FAULTS
  RUN(no_memory_to_send);
  RUN(no_memory_to_receive);
  RUN(no_memory_for_links);
  RUN(no_sockets);
#endif
  RUN(opens);
  RUN(flushes);
  RUN(stops);
  return 0;
}
