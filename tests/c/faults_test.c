/* tests/c/faults_test.c -- each call of the system fails in turn: there is a clear error, or the call is
 * made again; nothing hangs, nothing is left. */
#include "os/faults.h"

#include <errno.h>
#include <lauxlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "check.h"
#include "core/runtime.h"
#include "core/state.h"
#include "moons/moons_lua.h"
#include "os/process.h"

#ifdef MN_FAULTS

static mn_runtime *runtime;
static mn_state *state;

static void begin(void) {
  runtime = mn_runtime_new(mn_libraries_open);
  CHECK(runtime);
  state = mn_state_open(runtime, runtime->main, NULL);
  CHECK(state);
}

/* Nothing is left. */
static void end(void) {
  CHECK(mn_runtime_finish(runtime, false));
  CHECK(runtime->living.all == 0 && runtime->living.cancelled == 0);
  CHECK(runtime->lasting.all == 0 && runtime->lasting.cancelled == 0);
  mn_state_close(state, NULL);
  CHECK(!mn_runtime_free(runtime));
}

/* Runs the code, while calls of that kind fail; its result as text. */
static const char *run_failing(mn_os_call call, long n, bool forever, const char *code) {
  lua_State *L = state->main;
  lua_settop(L, 0);
  CHECK(luaL_loadbuffer(L, code, strlen(code), "=code") == LUA_OK);
  mn_os_fail_at(call, n, forever);
  int status = mn_state_call(state->main, 0, 1);
  mn_os_fail_at(call, -1, false);
  if (status != LUA_OK) fprintf(stderr, "%s\n", lua_tostring(L, -1));
  CHECK(status == LUA_OK);
  return luaL_tolstring(L, -1, NULL);
}

static void check_text(const char *expected, const char *text) {
  if (strcmp(expected, text) != 0) fprintf(stderr, "expected: %s\ngot:      %s\n", expected, text);
  CHECK(strcmp(expected, text) == 0);
}

static void no_thread(void) {
  begin();
  /* The third of several at once is refused; the others go on. */
  check_text(
      "2 false code:5: the system has no more threads 2 12",
      run_failing(MN_CALL_THREAD, 2, false,
                  "local q, threads = Queue(), {}\n"
                  "local ok, message\n"
                  "for i = 1, 3 do\n"
                  "  ok, message = pcall(function()\n"
                  "    threads[i] = spawn(function(own) return own:get() end, q)\n"
                  "  end)\n"
                  "end\n"
                  "local living = #moons.threads() - 1\n"
                  "q:put(5) q:put(7)\n"
                  "return #threads .. ' ' .. tostring(ok) .. ' ' .. message .. ' ' .. living\n"
                  "  .. ' ' .. threads[1]:join() + threads[2]:join()"));
  end();
  begin(); /* without OS threads that are kept */
  check_text("100 1", run_failing(MN_CALL_THREAD, 0, true,
                                  "local refused = 0\n"
                                  "for i = 1, 100 do\n"
                                  "  if not pcall(spawn, print, Queue(), ('x'):rep(1000)) then\n"
                                  "    refused = refused + 1\n"
                                  "  end\n"
                                  "end\n"
                                  "collectgarbage()\n"
                                  "return refused .. ' ' .. #moons.threads()"));
  check_text(
      "3", run_failing(MN_CALL_THREAD, -1, false, "return spawn(function() return 3 end):join()"));
  end();
}

/* A sleep that fails at once is tried again: the waits become busy, nothing else. */
static void no_sleep(void) {
  static const char code[] =
      "local q, back, lock = Queue(1), Queue(1), Lock()\n"
      "local t = spawn(function()\n"
      "  local sum = 0\n"
      "  for v in q:iter() do lock:with(function() sum = sum + v end) end\n"
      "  back:put(sum)\n"
      "end)\n"
      "for i = 1, 1000 do q:put(i) end\n"
      "q:close() local sum = back:get() t:join()\n"
      "local none, word = back:get(0.02)\n"
      "local c = spawn(function() moons.sleep(100) end)\n"
      "moons.sleep(0.01) c:cancel() pcall(c.join, c)\n"
      "return sum .. ' ' .. tostring(none) .. ' ' .. word .. ' ' .. c:status()";
  begin();
  for (int forever = 0; forever < 2; forever++)
    check_text("500500 nil timeout cancelled",
               run_failing(MN_CALL_FUTEX_WAIT, 0, forever != 0, code));
  end();
}

static void no_handlers(void) {
  mn_os_fail_at(MN_CALL_SIGACTION, 0, true);
  CHECK(!mn_runtime_new(mn_libraries_open) && errno == EAGAIN);
  CHECK(mn_os_stop_signals_install(NULL) == MN_INVALID && errno == EAGAIN);
  mn_os_fail_at(MN_CALL_SIGACTION, -1, false);
}

static void no_random_numbers(void) {
  mn_os_fail_at(MN_CALL_RANDOM, 0, true);
  CHECK(!mn_runtime_new(mn_libraries_open) && errno == EAGAIN);
  mn_os_fail_at(MN_CALL_RANDOM, -1, false);
  begin();
  check_text("code:1: the system gives no random numbers (Resource temporarily unavailable)",
             run_failing(MN_CALL_RANDOM, 0, true,
                         "return select(2, pcall(function() math.randomseed() end))"));
  check_text("3", run_failing(MN_CALL_RANDOM, 0, true,
                              "return spawn(function() return math.random(3, 3) end):join()"));
  end();
}

/* Without the clock that repeats interrupts there is the first one still. */
static void no_timer(void) {
  begin();
  check_text("cancelled cancelled",
             run_failing(MN_CALL_TIMER, 0, true,
                         "local a = spawn(function() while true do end end)\n"
                         "local b = spawn(function() moons.sleep(100) end)\n"
                         "a:cancel() b:cancel() pcall(a.join, a) pcall(b.join, b)\n"
                         "return a:status() .. ' ' .. b:status()"));
  end();
  mn_os_fail_at(MN_CALL_TIMER, 0, true);
  begin();
  end();
  mn_os_fail_at(MN_CALL_TIMER, -1, false);
}

static const char both[] =
    "local function text(...)\n"
    "  local t = table.pack(...)\n"
    "  for i = 1, t.n do t[i] = io.type(t[i]) and 'file' or tostring(t[i]) end\n"
    "  return table.concat(t, ' ', 1, t.n)\n"
    "end\n"
    "local result = text(os.execute 'exit 3')\n"
    "local pipe = table.pack(io.popen 'exit 4')\n"
    "if not pipe[1] then return result .. ', ' .. text(table.unpack(pipe, 1, pipe.n)) end\n"
    "return result .. ', ' .. text(pipe[1]:close())";

static void no_commands(void) {
  begin();
  check_text("nil exit 3, nil exit 4", run_failing(MN_CALL_PIPE, -1, false, both));
  check_text("nil exit 3, nil exit 4: Resource temporarily unavailable 11",
             run_failing(MN_CALL_PIPE, 0, true, both));
  check_text("nil Resource temporarily unavailable 11, "
             "nil exit 4: Resource temporarily unavailable 11",
             run_failing(MN_CALL_SPAWN, 0, true, both));
  check_text("nil exit 3, nil exit 4", run_failing(MN_CALL_PIDFD, 0, true, both));
  check_text("cancelled", run_failing(MN_CALL_PIDFD, 0, true,
                                      "local t = spawn(function() os.execute 'sleep 100' end)\n"
                                      "while not t:waiting() do moons.sleep(0.001) end\n"
                                      "t:cancel() pcall(t.join, t) return t:status()"));
  check_text("nil Resource temporarily unavailable 11, nil Resource temporarily unavailable 11",
             run_failing(MN_CALL_WAIT, 0, true, both));
  while (waitpid(-1, NULL, 0) > 0) continue; /* those two were not waited for */
  /* No descriptor was kept: the next is the lowest. */
  int before = next_descriptor();
  for (int i = 0; i < 20; i++) {
    (void)run_failing(MN_CALL_SPAWN, 0, true, both);
    (void)run_failing(MN_CALL_PIPE, 0, true, both);
    (void)run_failing(MN_CALL_PIDFD, 0, true, both);
  }
  CHECK(next_descriptor() == before);
  end();
}

/* A program runs, with all streams; the outcome as text. */
static const char program[] =
    "local ok, r = pcall(subprocess.run, { 'sh', '-c', 'cat; echo b >&2; exit 3', input = 'a\\n',\n"
    "  stdout = 'pipe', stderr = 'pipe', umask = 18 })\n"
    "if not ok then return (tostring(r):gsub('^code:%d+: ', '')) end\n"
    "return (r.stdout .. r.stderr .. r.returncode):gsub('\\n', ' ') .. ''";

static void no_programs(void) {
  begin();
  (void)run_failing(MN_CALL_PIPE, -1, false, program); /* makes what is made once */
  int before = next_descriptor();
  check_text("a b 3", run_failing(MN_CALL_PIDFD, 0, true, program));
  for (int n = 0; n < 3; n++)
    check_text("cannot start 'sh': Resource temporarily unavailable",
               run_failing(MN_CALL_PIPE, n, false, program));
  check_text("a b 3", run_failing(MN_CALL_PIPE, 3, false, program));
  check_text("cannot start 'sh': Resource temporarily unavailable",
             run_failing(MN_CALL_SPAWN, 0, false, program));
  check_text("TimeoutExpired",
             run_failing(MN_CALL_PIDFD, 0, true,
                         "return select(2, pcall(subprocess.run, { 'sleep', 100,\n"
                         "  timeout = 0.05 })).name"));
  /* Whoever is dropped without a pidfd is waited for, too. */
  check_text("true", run_failing(MN_CALL_PIDFD, 0, true,
                                 "for i = 1, 5 do subprocess.Popen { 'sleep', '0.05' } end\n"
                                 "collectgarbage() collectgarbage() return true"));
  /* Nothing is left: neither a child nor a descriptor. */
  while (waitpid(-1, NULL, WNOHANG) >= 0) (void)usleep(1000);
  CHECK(errno == ECHILD);
  check_text("nobody knows how the child ended: somebody else has waited for it",
             run_failing(MN_CALL_WAIT, 0, true,
                         "local ok, e = pcall(subprocess.run, { 'true' })\n"
                         "return (e:match 'nobody.*')"));
  while (waitpid(-1, NULL, 0) > 0) continue; /* that one was not waited for */
  (void)run_failing(MN_CALL_PIPE, -1, false, "collectgarbage() collectgarbage()");
  while (next_descriptor() != before) (void)usleep(1000); /* who waits in the background has some */
  end();
}

/* Each allocation of a run fails in turn: the next run is as good as ever, and no descriptor is lost. */
static void no_memory_for_programs(void) {
  begin();
  lua_State *L = state->main;
  (void)run_failing(MN_CALL_PIPE, -1, false, program);
  int before = next_descriptor();
  for (long n = 0, failed = 1; failed; n++) {
    lua_settop(L, 0);
    CHECK(luaL_loadbuffer(L, program, strlen(program), "=code") == LUA_OK);
    mn_alloc_fail_at(n, false);
    (void)mn_state_call(L, 0, 1);
    failed = mn_alloc_did_fail();
    mn_alloc_fail_at(-1, false);
  }
  check_text("a b 3", run_failing(MN_CALL_PIPE, -1, false, program));
  (void)run_failing(MN_CALL_PIPE, -1, false, "collectgarbage() collectgarbage()");
  while (next_descriptor() != before) (void)usleep(1000); /* who waits in the background has some */
  CHECK(waitpid(-1, NULL, 0) < 0 && errno == ECHILD);
  end();
}

static void no_clock(void) {
  int ends[2], status;
  CHECK(pipe(ends) == 0);
  pid_t child = fork();
  if (child == 0) {
    (void)dup2(ends[1], STDERR_FILENO);
    mn_os_fail_at(MN_CALL_CLOCK, 0, true);
    (void)mn_clock();
    _exit(77);
  }
  (void)close(ends[1]);
  char text[200] = "";
  CHECK(read(ends[0], text, sizeof text - 1) > 0);
  (void)close(ends[0]);
  check_text("moons: the system has no monotonic clock\n", text);
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_FAILURE);
}

static void no_fork(void) {
  static const char code[] = "return select(2, pcall(function() moons.fork() end)) .. ' '\n"
                             "  .. spawn(function() return 5 end):join()";
  begin();
  check_text("code:1: cannot fork: Resource temporarily unavailable 5",
             run_failing(MN_CALL_FORK, 0, false, code));
  check_text("code:1: cannot fork: Resource temporarily unavailable 5",
             run_failing(MN_CALL_RANDOM, 0, false, code));
  end();
}

static void no_socket(void) {
  begin();
  check_text("Resource temporarily unavailable",
             run_failing(MN_CALL_SOCKET, 0, false, "return select(2, moons.net.pair())"));
  check_text("unix:@moons-faults: Resource temporarily unavailable",
             run_failing(MN_CALL_SOCKET, 0, false,
                         "return select(2, moons.net.listen 'unix:@moons-faults')"));
  check_text("timeout",
             run_failing(MN_CALL_SOCKET, 1, true,
                         "local l <close> = assert(moons.net.listen '127.0.0.1:0')\n"
                         "return select(2, moons.net.connect(l:address(), {timeout = 0.02}))"));
  /* What the system had not at once is asked for again: by connect, and by accept. */
  for (long n = 1; n <= 2; n++)
    check_text("hello", run_failing(MN_CALL_SOCKET, n, false,
                                    "local l <close> = assert(moons.net.listen '127.0.0.1:0')\n"
                                    "local a <close> = assert(moons.net.connect(l:address()))\n"
                                    "a:write 'hello\\n'\n"
                                    "local b <close> = assert(l:accept())\n"
                                    "return b:read()"));
  end();
}

static void no_thread_for_a_name(void) {
  begin();
  check_text(
      "localhost:1: cannot start a thread to look it up",
      run_failing(MN_CALL_THREAD, 0, true, "return select(2, moons.net.connect 'localhost:1')"));
  end();
}

int main(void) {
  RUN(no_clock);
  RUN(no_handlers);
  RUN(no_random_numbers);
  RUN(no_thread);
  RUN(no_socket);
  RUN(no_thread_for_a_name);
  RUN(no_sleep);
  RUN(no_timer);
  RUN(no_commands);
  RUN(no_programs);
  RUN(no_memory_for_programs);
  RUN(no_fork);
  return 0;
}

#else

int main(void) {
  printf("  nothing to do without MN_FAULTS\n");
  return 0;
}

#endif
