/* A program with an epoll loop of its own: calls run in an executor, and their ends come as events among the
 * others. The timer stands for all that the loop does besides. */
#include <moons.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { CALLS = 4 };

static const char script[] = "local n = ...\n"
                             "local primes = 0\n"
                             "for i = 2, n do\n"
                             "  local is_prime = true\n"
                             "  for d = 2, i // 2 do\n"
                             "    if i % d == 0 then is_prime = false break end\n"
                             "  end\n"
                             "  if is_prime then primes = primes + 1 end\n"
                             "end\n"
                             "return primes\n";

typedef struct request {
  int n;
  moons_future *future;
} request;

static void finish(request *r) {
  moons_values *results;
  if (moons_future_result(r->future, 0, &results) == MOONS_OK) {
    printf("%lld primes up to %d\n", (long long)moons_values_at(results, 0).as.integer, r->n);
    moons_values_free(results);
  }
  moons_future_free(r->future);
}

/* Takes all that have ended; how many. */
static int take_endings(moons_endings *endings) {
  int count = 0;
  void *tag;
  for (; moons_endings_next(endings, &tag) == MOONS_OK; count++) finish(tag);
  return count;
}

static void watch(int loop, int descriptor) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
  epoll_ctl(loop, EPOLL_CTL_ADD, descriptor, &event);
}

int main(void) {
  moons_runtime *runtime;
  moons_function *function;
  moons_executor *executor;
  moons_endings *endings;
  request requests[CALLS];
  if (moons_runtime_new(NULL, &runtime) != MOONS_OK ||
      moons_function_new(runtime, script, strlen(script), "=primes", &function, NULL) != MOONS_OK ||
      moons_executor_new(runtime, NULL, &executor) != MOONS_OK ||
      moons_endings_new(runtime, &endings) != MOONS_OK)
    return 1;

  int loop = epoll_create1(EPOLL_CLOEXEC), timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  struct itimerspec tick = {{0, 1000000}, {0, 1000000}};
  timerfd_settime(timer, 0, &tick, NULL);
  watch(loop, timer);
  watch(loop, moons_endings_descriptor(endings));

  for (int i = 0; i < CALLS; i++) {
    requests[i].n = 2000 * (i + 1);
    moons_value argument = moons_integer(requests[i].n);
    if (moons_submit(executor, function, &argument, 1, &requests[i].future) != MOONS_OK ||
        moons_endings_add(endings, requests[i].future, &requests[i]) != MOONS_OK)
      return 1;
  }
  long ticks = 0;
  for (int left = CALLS; left > 0;) {
    struct epoll_event event;
    if (epoll_wait(loop, &event, 1, -1) != 1) continue;
    if (event.data.fd == timer) {
      uint64_t expired;
      if (read(timer, &expired, sizeof expired) == sizeof expired) ticks += (long)expired;
    } else {
      left -= take_endings(endings);
    }
  }
  printf("the timer ran meanwhile: %s\n", ticks > 0 ? "yes" : "no");

  close(timer);
  close(loop);
  moons_endings_free(endings);
  moons_executor_free(executor);
  moons_function_free(function);
  return moons_runtime_free(runtime) == MOONS_OK ? 0 : 1;
}
