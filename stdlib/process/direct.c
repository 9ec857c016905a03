/* process/direct.c -- put and get of a Queue. A message of one value is the same whether that is the argument
 * of a call or an item of a queue. */
#include "process/direct.h"

#include <string.h>

#include "core/message_format.h"
#include "queue/queue.h"

static bool put(mn_handle *target, mn_message *arguments, mn_waiter *waiter, mn_message *results) {
  static const unsigned char yes = MN_TAG_TRUE;
  /* nil is an error, and a timeout is another value. */
  if (arguments->values != 1 || *mn_message_bytes(arguments) == MN_TAG_NIL) return false;
  if (mn_queue_put((mn_queue *)(void *)target, arguments, waiter, MN_FOREVER) != MN_OK)
    return false;
  *arguments = (mn_message){0};
  return mn_message_make(results, NULL, &yes, 1, 1, NULL, 0, 0) == MN_OK;
}

static bool get(mn_handle *target, mn_message *arguments, mn_waiter *waiter, mn_message *results) {
  if (arguments->values != 0) return false;
  return mn_queue_get((mn_queue *)(void *)target, results, waiter, MN_FOREVER) == MN_OK;
}

bool mn_direct_call(mn_handle *target, const char *name, mn_message *arguments, mn_waiter *waiter,
                    mn_message *results) {
  if (target->type != &mn_queue_type) return false;
  if (strcmp(name, "get") == 0) return get(target, arguments, waiter, results);
  return strcmp(name, "put") == 0 && put(target, arguments, waiter, results);
}
