/* process/deputy_lua.h -- making calls for a thread of another process.
 * Level stdlib. Owner thread only.
 *
 * Each thread of another process that uses objects of ours has a thread here, its deputy: it makes the
 * calls, holds the locks, waits and is cancelled in the other's place. So whatever objects do with
 * threads, they do with those of other processes. When the other thread ends, so does its deputy,
 * and what it holds is abandoned. */
#ifndef MN_PROCESS_DEPUTY_LUA_H
#define MN_PROCESS_DEPUTY_LUA_H

#include <lua.h>

#include "process/channel.h"

/* Flags of an answer. */
enum {
  MN_ANSWER_AT_CALLER = 1,  /* the error is the caller's mistake, and is to get its line */
  MN_ANSWER_OF_CALLBACK = 2 /* it is what a callback of the caller has raised last */
};

typedef struct mn_deputy mn_deputy;

/* A function that is no object's method. */
typedef struct mn_deputy_function {
  const char *name; /* NULL ends the list */
  /* The values of the call are arguments 1, ..; its results go back. NULL: the next is meant. */
  lua_CFunction function;
  /* Takes the message as it is, and sends the answer; not called where the call, if it has a number, was
   * taken back. Never throws. What it answers ends the serving,
   * unless it is MN_OK. */
  mn_status (*take)(lua_State *L, mn_channel *channel, mn_frame *call, void *context);
} mn_deputy_function;

/* Those that a deputy has. */
typedef struct mn_deputy_functions {
  const mn_deputy_function *lists[2]; /* either may be NULL */
  void *context;                      /* for `take` */
} mn_deputy_functions;

/* Serves the channel, which is the calling thread's to serve (mn_channel_serve), until its other end is
 * closed, the link is, or the thread is cancelled. Never throws. `functions` may be NULL. Frees the
 * channel. */
void mn_deputy_serve(lua_State *L, mn_channel *channel, const mn_deputy_functions *functions);

/* An mn_keeper_options.serve. */
void mn_deputy_body(mn_thread *self, mn_worker_cache *cache);

#endif
