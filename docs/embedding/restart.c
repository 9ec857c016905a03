/* Makes and frees a runtime over and over, with a thread in each, and looks at how much memory the process has:
 * a host that reloads its scripts loses nothing. */
#include <moons.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Pages of memory that the process has; 0: the system does not tell. */
static long resident(void) {
  long size = 0, pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file && fscanf(file, "%ld %ld", &size, &pages) != 2) pages = 0;
  if (file) fclose(file);
  return pages;
}

static void start_and_stop(void) {
  static const char script[] = "return moons.spawn(function() return 1 end):join()";
  moons_runtime *runtime;
  moons_function *function;
  moons_thread *thread;
  if (moons_runtime_new(NULL, &runtime) != MOONS_OK ||
      moons_function_new(runtime, script, strlen(script), NULL, &function, NULL) != MOONS_OK ||
      moons_thread_new(runtime, NULL, function, NULL, 0, &thread) != MOONS_OK ||
      moons_thread_join(thread, MOONS_FOREVER, NULL) != MOONS_OK)
    exit(1);
  moons_thread_free(thread);
  moons_function_free(function);
  if (moons_runtime_free(runtime) != MOONS_OK) exit(1);
}

int main(int argc, char **argv) {
  long times = argc > 1 ? strtol(argv[1], NULL, 10) : 10000;
  for (long i = 0; i < times / 10; i++) start_and_stop();
  long before = resident();
  for (long i = 0; i < times; i++) start_and_stop();
  long grown = resident() - before;
  printf("%ld runtimes, %s\n", times, grown < 256 ? "no leak" : "it leaks");
  return grown < 256 ? 0 : 1;
}
