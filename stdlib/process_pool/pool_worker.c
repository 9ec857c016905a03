/* process_pool/pool_worker.c -- taking tasks, sending them, and what comes of them.
 *
 * Tasks that are short are sent ahead, while the process is still at others: so neither side waits for
 * the other between two of them. How many depends on how long the last ones took. When one takes long
 * after all, those behind it are taken back, for other workers: they may be what it waits for.
 *
 * Until a task's answer has come its arguments are kept here. When the process dies, the first task that
 * has no answer is the one that ran, and fails; those behind it are sent to the next process. So is the
 * first one, once, where the process had not begun it, as the link's board says, which outlives it. */
#include "process_pool/pool_worker.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "futures/crew.h"
#include "process/deputy_lua.h"
#include "process/peer.h"
#include "process_pool/task_frames.h"

enum { AHEAD_MOST = 16 };

/* How long tasks that were sent ahead wait behind the one that runs. */
#define PATIENCE (MN_SECOND / 1000)
/* What the average is then, so that none is sent ahead for a while. */
#define LONG (MN_SECOND / 100)

/* A task on its way. */
typedef struct sent {
  mn_future *future; /* the crew's reference, for mn_crew_done */
  mn_message arguments;
  uint64_t call;
  bool is_sent;   /* to the process that there is now */
  bool is_second; /* the process before that had died before it began it */
} sent;

typedef struct pool_worker {
  mn_thread *self;
  mn_crew *crew;
  mn_peer peer;
  bool is_started;
  bool is_worn_out; /* the process begins no more tasks */
  bool is_lost;     /* nothing can be sent to it: what it has answered is read, then it is buried */
  mn_routine *routine; /* the one that it has; a reference, or NULL */
  uint64_t tasks;      /* that were sent to it */
  mn_time average;     /* of the last tasks' durations; <0: none is known */
  sent sent[AHEAD_MOST];
  unsigned count;   /* of these */
  mn_time deadline; /* for an answer, once it was asked to stop */
  mn_status asked;  /* MN_EMPTY: it wasn't */
} pool_worker;

/* ---- the process ---- */

/* `why` may be NULL. */
static void end_process(pool_worker *w, bool has_work, char why[MN_LINK_WHY]) {
  mn_link *link = w->peer.link ? mn_link_ref(w->peer.link) : NULL;
  (void)mn_peer_end(&w->peer, w->self, has_work);
  if (link && why) mn_link_why(link, why);
  if (link) mn_link_unref(link);
  if (w->routine) mn_routine_unref(w->routine);
  w->routine = NULL;
  w->is_started = w->is_worn_out = w->is_lost = false;
  w->tasks = 0;
  for (unsigned i = 0; i < w->count; i++) w->sent[i].is_sent = false;
}

/* Sees to what has come of setting the process up. */
static bool is_set_up(pool_worker *w, mn_status status, mn_frame *answer) {
  char why[MN_LINK_WHY];
  if (status == MN_OK && answer->kind == MN_FRAME_RETURN) {
    mn_message_drop(&answer->message);
    return true;
  }
  if (status == MN_OK) mn_peer_take_outcome(w->self, answer);
  end_process(w, true, why);
  if (status != MN_OK && atomic_load(&w->self->waiter.cancelled))
    w->self->outcome = MN_THREAD_CANCELLED;
  else if (status != MN_OK)
    mn_peer_fail(w->self, status == MN_CLOSED ? why : mn_status_word(status));
  return false;
}

/* No process could be made. */
static bool fail_to_start(pool_worker *w, mn_status status) {
  if (atomic_load(&w->self->waiter.cancelled)) {
    w->self->outcome = MN_THREAD_CANCELLED;
    return false;
  }
  char text[MN_LINK_WHY];
  const char *why = status == MN_INVALID ? strerror(errno) : mn_status_word(status);
  (void)snprintf(text, sizeof text, "cannot start a process: %s", why);
  mn_peer_fail(w->self, text);
  return false;
}

/* As mn_peer_call, of the last of the functions that set the process up; or as mn_peer_start. */
static mn_status start_once(pool_worker *w, mn_frame *answer) {
  mn_keeper_options keeper = {.serve = mn_deputy_body, .crew = w->crew};
  mn_message init;
  mn_status status = mn_peer_start(&w->peer, w->self->options.name, keeper, w->self);
  w->is_started = status == MN_OK;
  if (status == MN_OK) status = mn_peer_setup(&w->peer, w->self, &w->self->options, answer);
  if (status != MN_OK || answer->kind != MN_FRAME_RETURN) return status;
  mn_message_drop(&answer->message);
  status = mn_message_copy(mn_crew_init_message(w->crew), &init);
  if (status != MN_OK) return status;
  return mn_peer_call(&w->peer, w->self, MN_PEER_INITIALIZE, &init, answer);
}

/* Starts a process and sets it up. False: the thread has to end, and its outcome says why. One that dies was
 * killed by somebody, who may leave the next one alone; but who kills each of several is the
 * initializer. */
static bool start_process(pool_worker *w) {
  enum { STARTS = 4 };
  mn_frame answer;
  mn_status status = start_once(w, &answer);
  for (int i = 1; i < STARTS && status == MN_CLOSED; i++) {
    if (atomic_load(&w->self->waiter.cancelled)) break;
    if (w->is_started) end_process(w, true, NULL);
    status = start_once(w, &answer);
  }
  if (!w->is_started) return fail_to_start(w, status);
  if (!is_set_up(w, status, &answer)) return false;
  mn_crew_worker_is_ready(w->self);
  return true;
}

/* ---- sending ---- */

/* How many tasks may be on their way. */
static unsigned room(const pool_worker *w) {
  static const struct {
    mn_time most;
    unsigned room;
  } steps[] = {{MN_SECOND / 50000, AHEAD_MOST}, {MN_SECOND / 5000, 4}, {MN_SECOND / 500, 2}};
  for (size_t i = 0; i < sizeof steps / sizeof *steps && w->average >= 0; i++)
    if (w->average <= steps[i].most) return steps[i].room;
  return 1;
}

static uint64_t items_of(const mn_future *future) {
  return future->is_chunk ? ((const mn_chunk *)(const void *)future)->items : 1;
}

/* No more tasks are sent to this process. */
static bool is_full(const pool_worker *w) {
  uint64_t most = mn_crew_tasks_per_worker(w->crew);
  return w->is_lost || (most > 0 && w->tasks >= most);
}

static mn_status send_routine(pool_worker *w, mn_routine *routine) {
  if (routine == w->routine) return MN_OK;
  mn_frame frame = {.kind = MN_FRAME_CALL, .text = MN_PEER_ROUTINE, .message = routine->message};
  mn_status status = mn_channel_send_kept(w->peer.channel, &frame, &w->self->waiter);
  if (status != MN_OK) return status;
  if (w->routine) mn_routine_unref(w->routine);
  w->routine = mn_routine_ref(routine);
  return MN_OK;
}

/* Also once more, to another process. */
static mn_status send_task(pool_worker *w, sent *task) {
  mn_status status = send_routine(w, task->future->routine);
  if (status != MN_OK) return status;
  task->call = mn_channel_new_call(w->peer.channel);
  atomic_store(&task->future->ticket, mn_crew_ticket(w->self->waiter.id, task->call));
  mn_frame frame = {
      .kind = MN_FRAME_CALL, .call = task->call, .text = MN_PEER_TASK, .message = task->arguments};
  if (task->future->is_chunk) {
    const mn_chunk *chunk = (const mn_chunk *)(const void *)task->future;
    frame.parameter = mn_task_parameter(chunk);
    frame.stayed = chunk->number;
  }
  w->tasks += items_of(task->future);
  status = mn_channel_send_kept(w->peer.channel, &frame, &w->self->waiter);
  task->is_sent = status == MN_OK;
  return status;
}

/* ---- what comes of it ---- */

static void end_task(pool_worker *w, unsigned index, mn_future_status status, mn_message *value,
                     char *traceback) {
  sent task = w->sent[index];
  w->count--;
  memmove(w->sent + index, w->sent + index + 1, (w->count - index) * sizeof *w->sent);
  mn_message_drop(&task.arguments);
  mn_future_end(task.future, status, value, traceback);
  mn_crew_done(w->crew, task.future);
}

/* Ends the first task that has no answer yet. */
static void end_first(pool_worker *w, mn_future_status status, mn_message *value, char *traceback) {
  end_task(w, 0, status, value, traceback);
}

static void fail_task(pool_worker *w, unsigned index, const char *text) {
  mn_message value = {0};
  (void)mn_message_of_string(&value, text, strlen(text));
  end_task(w, index, MN_FUTURE_FAILED, &value, mn_alloc_text(text));
}

static void note_duration(pool_worker *w, mn_time duration) {
  w->average = w->average < 0 ? duration : (3 * w->average + duration) / 4;
  /* One that took long may be followed by others. */
  if (duration > w->average) w->average = duration;
}

/* Takes an answer over. False: it is none that was asked for. */
static bool take_answer(pool_worker *w, mn_frame *answer) {
  mn_future *future = w->sent[0].future;
  mn_chunk *chunk = future->is_chunk ? (mn_chunk *)(void *)future : NULL;
  if (answer->call != w->sent[0].call) return false;
  if (answer->kind == MN_FRAME_PARTIAL) {
    if (!chunk) return false;
    mn_message_drop(&chunk->before);
    chunk->before = answer->message;
    return true;
  }
  if (answer->flags & MN_TASK_WORN_OUT) w->is_worn_out = true;
  note_duration(w, (mn_time)answer->parameter);
  if (chunk) chunk->duration = (mn_time)answer->parameter;
  switch (answer->kind) {
    case MN_FRAME_RETURN: end_first(w, MN_FUTURE_DONE, &answer->message, NULL); return true;
    case MN_FRAME_ERROR:
      end_first(w, MN_FUTURE_FAILED, &answer->message, mn_frame_traceback(answer));
      return true;
    case MN_FRAME_CANCELLED: end_first(w, MN_FUTURE_CANCELLED, &answer->message, NULL); return true;
    default: return false;
  }
}

/* ---- taking back ---- */

/* What the process has yet to read refers to objects of its own, maybe, which have to live as long. */
static mn_status keep_references(pool_worker *w, const mn_message *arguments) {
  mn_message copy;
  if (arguments->handles == 0) return MN_OK;
  mn_status status = mn_message_copy(arguments, &copy);
  if (status == MN_OK && (status = mn_channel_keep(w->peer.channel, &copy)) != MN_OK)
    mn_message_drop(&copy);
  return status;
}

/* The last task has not begun: the crew gets it again. */
static void give_back_last(pool_worker *w) {
  sent task = w->sent[--w->count];
  if (task.is_sent) w->tasks -= items_of(task.future);
  mn_future_put_back(task.future, &task.arguments);
  mn_crew_give_back(w->self, task.future);
}

/* The first task takes long: those that the process has not begun go to whoever is free. MN_EMPTY: that
 * was seen to. MN_CANCELLED, MN_INTERRUPTED: the worker is asked to stop. */
static mn_status take_back(pool_worker *w) {
  uint64_t begun, last = w->sent[w->count - 1].call;
  mn_status status = MN_OK;
  w->average = LONG;
  for (unsigned i = 1; i < w->count && status == MN_OK; i++)
    status = keep_references(w, &w->sent[i].arguments);
  if (status == MN_OK)
    status =
        mn_link_take_back(w->peer.link, mn_channel_number(w->peer.channel), last, w->self, &begun);
  if (mn_status_is_stop(status)) return status;
  if (status == MN_CLOSED) w->is_lost = true;
  while (status == MN_OK && w->count > 0 && w->sent[w->count - 1].call > begun) give_back_last(w);
  return MN_EMPTY;
}

/* ---- being stopped ---- */

/* The process has to end what it does: the worker is cancelled. An interrupt is dropped, since it would
 * be somebody else's task that gets it. */
static void pass_on(pool_worker *w, mn_status asked) {
  mn_message value;
  if (asked == MN_INTERRUPTED) {
    if (mn_thread_take_interrupt(w->self, &value)) mn_message_drop(&value);
    return;
  }
  w->asked = asked;
  w->deadline = mn_clock() + MN_PEER_GRACE;
  (void)mn_link_tell(w->peer.link, (mn_command){MN_COMMAND_CANCEL, 0, 0, 0}, -1);
}

/* Until when an answer is waited for. */
static mn_time deadline(const pool_worker *w) {
  if (w->asked != MN_EMPTY) return w->deadline;
  return w->count > 1 && !w->is_lost ? mn_clock() + PATIENCE : MN_FOREVER;
}

/* Waits for one answer. MN_CLOSED: the process is gone, or out of its mind. */
static mn_status receive_answer(pool_worker *w) {
  mn_frame answer;
  const mn_waiter *waiter = w->asked == MN_EMPTY ? &w->self->waiter : NULL;
  mn_status status = mn_channel_receive(w->peer.channel, waiter, deadline(w), &answer);
  if (status == MN_TIMEOUT && w->asked == MN_EMPTY) status = take_back(w);
  if (mn_status_is_stop(status)) {
    pass_on(w, status);
    return MN_OK;
  }
  if (status == MN_EMPTY) return MN_OK;
  if (status != MN_OK) return MN_CLOSED;
  if (take_answer(w, &answer)) return MN_OK;
  mn_message_drop(&answer.message);
  return MN_CLOSED;
}

/* ---- the loop ---- */

/* Whether the first task was begun by the process. */
static bool has_first_begun(const pool_worker *w) {
  const sent *first = &w->sent[0];
  return first->is_sent && first->call <= mn_link_last_begun(w->peer.link);
}

/* The process has died. The first task was the one that ran, if any did; the others are sent again. Where
 * the worker was cancelled, so is that one, and others get the others. */
static void bury(pool_worker *w) {
  char why[MN_LINK_WHY], text[MN_LINK_WHY + 16];
  bool goes_on = w->count > 0 && !w->sent[0].is_second && !has_first_begun(w);
  end_process(w, true, why);
  if (w->count == 0) return;
  if (atomic_load(&w->self->waiter.cancelled)) {
    end_first(w, MN_FUTURE_CANCELLED, &(mn_message){0}, NULL);
    while (w->count > 0) give_back_last(w);
    return;
  }
  if (goes_on) {
    w->sent[0].is_second = true;
    return;
  }
  (void)snprintf(text, sizeof text, "worker died: %s", why);
  fail_task(w, 0, text);
}

/* Sends task `index`, and sees to it where that can't be. */
static void send_or_fail(pool_worker *w, unsigned index) {
  mn_status status = send_task(w, &w->sent[index]);
  if (status == MN_CLOSED)
    w->is_lost = true;
  else if (status == MN_CANCELLED)
    bury(w);
  else if (status != MN_OK)
    fail_task(w, index, mn_status_word(status));
}

/* False: the thread has to end. */
static bool send_again(pool_worker *w) {
  if (!start_process(w)) return false;
  for (unsigned i = 0, count; i < w->count && w->is_started && !w->is_lost;) {
    count = w->count;
    send_or_fail(w, i);
    if (w->count == count) i++;
  }
  return true;
}

/* Takes a task and sends it. MN_OK also where it was not pending. MN_EMPTY: none is there now, and it
 * was not to wait. MN_CLOSED: no more will come. */
static mn_status take_and_send(pool_worker *w) {
  sent task = {0};
  mn_status status =
      w->count > 0 ? mn_crew_try_take(w->self, &task.future) : mn_crew_take(w->self, &task.future);
  if (status != MN_OK) return status;
  if (!mn_future_start(task.future, &task.arguments)) {
    mn_crew_done(w->crew, task.future);
    return MN_OK;
  }
  w->sent[w->count++] = task;
  /* One that died while it had nothing to do takes no task with it. */
  if (w->count == 1 && w->is_started && atomic_load(&w->peer.link->closed))
    end_process(w, false, NULL);
  if (!w->is_started) return send_again(w) ? MN_OK : MN_CANCELLED;
  send_or_fail(w, w->count - 1);
  return MN_OK;
}

/* One step: sends something, or waits for an answer. MN_CLOSED: all is done. */
static mn_status step(pool_worker *w) {
  mn_status status = MN_EMPTY;
  if (w->is_started && (w->is_worn_out || (w->count == 0 && is_full(w))))
    end_process(w, false, NULL);
  if (w->count > 0 && !w->is_started) return send_again(w) ? MN_OK : MN_CANCELLED;
  if (!is_full(w) && w->asked == MN_EMPTY && w->count < room(w)) status = take_and_send(w);
  if (status != MN_EMPTY && !(status == MN_CLOSED && w->count > 0)) return status;
  status = receive_answer(w);
  if (status == MN_CLOSED) bury(w);
  return w->asked == MN_CANCELLED && w->count == 0 ? MN_CANCELLED : MN_OK;
}

static void work(pool_worker *w) {
  mn_status status;
  if (!start_process(w)) return;
  while ((status = step(w)) == MN_OK || status == MN_INTERRUPTED) {
    mn_message value;
    if (status == MN_INTERRUPTED && mn_thread_take_interrupt(w->self, &value))
      mn_message_drop(&value);
  }
  /* An outcome was set where the process could not be started again. */
  if (status == MN_CANCELLED && atomic_load(&w->self->waiter.cancelled))
    w->self->outcome = MN_THREAD_CANCELLED;
  while (w->count > 0 && w->self->outcome == MN_THREAD_FAILED)
    fail_task(w, 0, "worker died, and no other could be started");
  while (w->count > 0) give_back_last(w);
  if (w->is_started) end_process(w, false, NULL);
}

void mn_process_worker(mn_thread *self, mn_worker_cache *cache) {
  pool_worker w = {.self = self,
                   .crew = mn_crew_of(self),
                   .average = -1,
                   .deadline = MN_FOREVER,
                   .asked = MN_EMPTY};
  (void)cache;
  self->outcome = MN_THREAD_DONE;
  work(&w);
  mn_crew_worker_leave(self);
}
