/* main/reader.c -- one thread that edits, one that waits: a line goes over, and questions come back.
 *
 * `phase` says whose turn it is with what is in `reading`: the waiting thread's while it is IDLE or DONE, the
 * reader's while it is WANTED or READS. A question is the reader's memory; the waiting thread may use it
 * between TAKEN and ANSWERED only, and until TAKEN the reader may take it back. */
#include "main/reader.h"

#include "base/alloc.h"

/* How long the line waits for its colours, and Enter and Tab for their answers. */
#define PATIENCE      (MN_SECOND / 10)
#define LONG_PATIENCE MN_SECOND

enum { IDLE, WANTED, READS, DONE, OVER };
enum { NONE, PUT, TAKEN, ANSWERED };

/* What the reader wants to know. */
typedef struct question {
  void (*answer)(struct question *question);
  const char *text;
  size_t size, cursor;
  mn_spans *spans;
  mn_candidates *candidates;
  size_t begin;
  bool yes;
} question;

/* Of the process's one terminal. */
static struct {
  _Atomic uint32_t phase; /* a futex word */
  mn_waitlist list;       /* woken when there is a question or a line */
  bool is_open;           /* the thread runs, and the list is made; the waiting thread's */
  mn_os_start start;
  const mn_reader_source *source; /* immutable */
  _Atomic(mn_state *) owner;      /* who waits for the line, or did last */
  char *prompt, *continuation;    /* from here on by phase */
  mn_status status;
  mn_editor_line line;
} reading;

static struct {
  _Atomic uint32_t stage; /* a futex word */
  question *asked;        /* the reader's */
  atomic_bool is_refused; /* nobody answers: who waits has been cancelled */
  bool is_slow;           /* the last colours did not come in time; the reader's */
} asking;

/* ---- asking: the reader's thread ---- */

static bool take_back(void) {
  uint32_t put = PUT;
  return atomic_compare_exchange_strong(&asking.stage, &put, NONE);
}

/* False: nobody has answered. */
static bool ask(question *q, mn_time patience) {
  mn_time latest = mn_clock() + patience;
  asking.asked = q;
  atomic_store(&asking.stage, PUT);
  mn_waitlist_wake_all(&reading.list);
  for (uint32_t stage; (stage = atomic_load(&asking.stage)) != ANSWERED;) {
    bool gives_up = atomic_load(&asking.is_refused) || mn_clock() >= latest;
    if (stage == PUT && gives_up && take_back()) return false;
    (void)mn_futex_wait(&asking.stage, stage, stage == PUT ? latest : MN_FOREVER);
  }
  atomic_store(&asking.stage, NONE);
  return true;
}

static void answer_highlight(question *q) {
  const mn_editor_hooks *hooks = &reading.source->hooks;
  hooks->highlight(hooks->data, q->text, q->size, q->spans);
}

static void answer_complete(question *q) {
  const mn_editor_hooks *hooks = &reading.source->hooks;
  q->begin = hooks->complete(hooks->data, q->text, q->size, q->cursor, q->candidates);
}

static void answer_is_complete(question *q) {
  const mn_editor_hooks *hooks = &reading.source->hooks;
  q->yes = hooks->is_complete(hooks->data, q->text, q->size);
}

/* Who gave no answer once is asked again at once, but not waited for. */
static void highlight(void *data, const char *text, size_t size, mn_spans *spans) {
  (void)data;
  question q = {.answer = answer_highlight, .text = text, .size = size, .spans = spans};
  asking.is_slow = !ask(&q, asking.is_slow ? PATIENCE / 100 : PATIENCE);
}

static size_t complete(void *data, const char *text, size_t size, size_t cursor,
                       mn_candidates *candidates) {
  (void)data;
  question q = {.answer = answer_complete,
                .text = text,
                .size = size,
                .cursor = cursor,
                .candidates = candidates};
  return ask(&q, LONG_PATIENCE) ? q.begin : cursor;
}

/* A command is whole, also where nobody could answer. */
static bool is_complete(void *data, const char *text, size_t size) {
  (void)data;
  if (reading.source->is_command(text, size)) return true;
  question q = {.answer = answer_is_complete, .text = text, .size = size};
  return !ask(&q, LONG_PATIENCE) || q.yes;
}

static bool is_stopped(void *data) {
  (void)data;
  const mn_editor_hooks *hooks = &reading.source->hooks;
  return atomic_load(&asking.is_refused) || hooks->is_stopped(hooks->data);
}

mn_editor_hooks mn_reader_hooks(const mn_reader_source *source) {
  reading.source = source;
  return (mn_editor_hooks){.highlight = highlight,
                           .complete = complete,
                           .is_complete = is_complete,
                           .is_stopped = is_stopped};
}

/* ---- reading: the reader's thread ---- */

static void read_lines(void *argument) {
  (void)argument;
  for (uint32_t phase; (phase = atomic_load(&reading.phase)) != OVER;) {
    if (phase != WANTED) {
      (void)mn_futex_wait(&reading.phase, phase, MN_FOREVER);
      continue;
    }
    reading.line = (mn_editor_line){"", 0, 0};
    atomic_store(&reading.phase, READS);
    lua_State *L = atomic_load(&reading.owner)->main;
    mn_status status = reading.source->read(L, reading.prompt, reading.continuation, &reading.line);
    mn_editor_line line = reading.line;
    reading.status = status;
    atomic_store(&reading.phase, DONE);
    mn_futex_wake(&reading.phase, INT32_MAX);
    mn_waitlist_wake_all(&reading.list);
    if (status == MN_OK) reading.source->done(L, &line);
  }
}

static bool open_reader(void) {
  if (reading.is_open) return true;
  mn_waitlist_init(&reading.list);
  reading.start = (mn_os_start){.entry = read_lines};
  reading.is_open = mn_os_thread_start(&reading.start) == MN_OK;
  return reading.is_open;
}

void mn_reader_close(void) {
  atomic_store(&reading.phase, OVER);
  mn_futex_wake(&reading.phase, INT32_MAX);
}

/* ---- waiting ---- */

typedef struct waiting {
  mn_state *state;
  const mn_reader_duty *duty;
} waiting;

/* A session that was left may come back while the next one reads. */
static bool is_own(const mn_state *state) {
  return atomic_load(&reading.owner) == state;
}

/* MN_OK: the line is there, or a question. */
static mn_status attempt_line(mn_wait_case *c) {
  if (!is_own(((const waiting *)c->argument)->state)) return MN_CANCELLED;
  if (atomic_load(&reading.phase) == DONE) return MN_OK;
  return atomic_load(&asking.stage) == PUT ? MN_OK : MN_EMPTY;
}

static mn_status attempt_duty(mn_wait_case *c) {
  const mn_reader_duty *duty = ((const waiting *)c->argument)->duty;
  return duty->is_due(duty->argument) ? MN_OK : MN_EMPTY;
}

static void answer(void) {
  uint32_t put = PUT;
  if (!atomic_compare_exchange_strong(&asking.stage, &put, TAKEN)) return;
  asking.asked->answer(asking.asked);
  atomic_store(&asking.stage, ANSWERED);
  mn_futex_wake(&asking.stage, 1);
}

/* MN_OK: the line is there. */
static mn_status wait_for_line(waiting *w) {
  mn_wait_case cases[] = {
      {.list = &reading.list, .attempt = attempt_line, .argument = w, .verb = "input"},
      {.list = w->duty->list, .attempt = attempt_duty, .argument = w, .verb = "errors"}};
  for (;;) {
    size_t fired = 0;
    mn_waiter *self = &w->state->thread->waiter;
    self->is_outside = true;
    mn_status status = mn_wait(self, cases, 2, MN_FOREVER, &fired);
    self->is_outside = false;
    if (status != MN_OK) return status;
    if (fired == 1) w->duty->serve(w->duty->argument);
    if (atomic_load(&reading.phase) == DONE) return MN_OK;
    answer();
  }
}

/* Has the read end that goes on, if one does. */
static void break_off(void) {
  atomic_store(&asking.is_refused, true);
  mn_futex_wake(&asking.stage, 1);
  for (uint32_t phase; (phase = atomic_load(&reading.phase)) == WANTED || phase == READS;) {
    reading.source->wake();
    (void)mn_futex_wait(&reading.phase, phase, MN_FOREVER);
  }
  atomic_store(&asking.is_refused, false);
}

/* False: no memory. */
static bool begin(mn_state *state, const char *prompt, const char *continuation) {
  break_off();
  mn_free(reading.prompt);
  mn_free(reading.continuation);
  reading.prompt = mn_alloc_text(prompt);
  reading.continuation = mn_alloc_text(continuation);
  atomic_store(&reading.phase, IDLE);
  if (!reading.prompt || !reading.continuation) return false;
  atomic_store(&reading.owner, state);
  atomic_store(&reading.phase, WANTED);
  mn_futex_wake(&reading.phase, INT32_MAX);
  return true;
}

mn_status mn_reader_read(mn_state *state, const mn_reader_duty *duty, const char *prompt,
                         const char *continuation, mn_editor_line *line) {
  waiting w = {state, duty};
  if (!open_reader()) return MN_TOO_MANY;
  bool goes_on = is_own(state) && atomic_load(&reading.phase) != IDLE;
  if (!goes_on && !begin(state, prompt, continuation)) return MN_NOMEM;
  mn_status status = wait_for_line(&w);
  if (status == MN_INTERRUPTED) return MN_EMPTY;
  if (!is_own(state)) return MN_CANCELLED;
  if (status != MN_OK) break_off();
  if (status == MN_OK) status = reading.status;
  *line = reading.line;
  atomic_store(&reading.phase, IDLE);
  return status;
}
