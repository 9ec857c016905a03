/* actor/actor.c -- what ends with an actor, and how nobody is left waiting for it.
 *
 * The mailbox is closed before `ended` is, so that who has seen the end can send no more. What it drops
 * then are promises among others: their futures fail. */
#include "actor/actor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

/* ---- the actor ---- */

static void unref_queue(mn_queue *queue) {
  if (queue) mn_handle_unref((mn_handle *)(void *)queue);
}

static void destroy(mn_handle *handle) {
  mn_actor *actor = (mn_actor *)(void *)handle;
  mn_handle *runner = atomic_load(&actor->runner);
  if (runner) mn_handle_unref(runner);
  if (actor->ended) mn_handle_unref(&actor->ended->handle);
  unref_queue(actor->mailbox);
  unref_queue(actor->monitors);
  mn_message_drop(&actor->behaviour);
  mn_free(actor->tags);
  mn_free(actor);
}

static void describe(mn_handle *handle, char *text, size_t size) {
  const mn_actor *actor = (const mn_actor *)(const void *)handle;
  (void)snprintf(text, size, "(%s, %" PRIu64 " waiting)",
                 mn_future_status_word(mn_future_status_of(actor->ended)),
                 mn_queue_size(actor->mailbox));
}

const mn_type mn_actor_type = {.name = "Actor", .destroy = destroy, .describe = describe};

mn_actor *mn_actor_new(mn_runtime *runtime, uint64_t maxsize) {
  mn_message none;
  mn_actor *actor = mn_alloc_zero(sizeof *actor);
  if (!actor) return NULL;
  mn_handle_init(&actor->handle, &mn_actor_type);
  actor->mailbox = mn_queue_new(maxsize);
  actor->monitors = mn_queue_new(0);
  actor->ended = mn_future_new(runtime);
  if (!actor->mailbox || !actor->monitors || !actor->ended) {
    mn_handle_unref(&actor->handle);
    return NULL;
  }
  (void)mn_future_start(actor->ended, &none);
  return actor;
}

void mn_actor_end(mn_actor *actor, mn_future_status status, mn_message *value, char *traceback) {
  mn_queue_close(actor->mailbox, true);
  mn_future_end(actor->ended, status, value, traceback);
}

/* ---- its life ---- */

static void destroy_life(mn_handle *handle) {
  mn_life *life = (mn_life *)(void *)handle;
  mn_message none = {0};
  if (!mn_future_has_ended(life->actor->ended))
    mn_actor_end(life->actor, MN_FUTURE_CANCELLED, &none, NULL);
  mn_handle_unref(&life->actor->handle);
  mn_free(life);
}

const mn_type mn_life_type = {.name = "ActorLife", .destroy = destroy_life};

mn_life *mn_life_new(mn_actor *actor) {
  mn_life *life = mn_alloc_zero(sizeof *life);
  if (!life) return NULL;
  mn_handle_init(&life->handle, &mn_life_type);
  mn_handle_ref(&actor->handle);
  life->actor = actor;
  return life;
}

/* ---- promises ---- */

static void break_promise(mn_promise *promise) {
  static const char text[] = "the actor has ended before it answered";
  mn_message value = {0};
  if (!mn_promise_start(promise)) return;
  (void)mn_message_of_string(&value, text, sizeof text - 1);
  mn_promise_keep(promise, MN_FUTURE_FAILED, &value, mn_alloc_text(text));
}

static void destroy_promise(mn_handle *handle) {
  mn_promise *promise = (mn_promise *)(void *)handle;
  if (!promise->is_kept) break_promise(promise);
  mn_handle_unref(&promise->future->handle);
  mn_free(promise);
}

const mn_type mn_promise_type = {.name = "Promise", .destroy = destroy_promise};

mn_promise *mn_promise_new(mn_future *future) {
  mn_promise *promise = mn_alloc_zero(sizeof *promise);
  if (!promise) return NULL;
  mn_handle_init(&promise->handle, &mn_promise_type);
  mn_handle_ref(&future->handle);
  promise->future = future;
  return promise;
}

bool mn_promise_start(mn_promise *promise) {
  mn_message none;
  if (!promise->has_started) promise->has_started = mn_future_start(promise->future, &none);
  return promise->has_started;
}

void mn_promise_keep(mn_promise *promise, mn_future_status status, mn_message *value,
                     char *traceback) {
  promise->is_kept = true;
  mn_future_end(promise->future, status, value, traceback);
}
