/* The least that a program does: a script in two threads, and what they return. */
#include <moons.h>
#include <stdio.h>
#include <string.h>

static const char script[] = "local name, times = ...\n"
                             "local list = {}\n"
                             "for i = 1, times do list[i] = name .. i end\n"
                             "return table.concat(list, ' ')\n";

int main(void) {
  moons_runtime *runtime;
  moons_function *function;
  moons_thread *threads[2];
  if (moons_runtime_new(NULL, &runtime) != MOONS_OK) return 1;
  if (moons_function_new(runtime, script, strlen(script), "=script", &function, NULL) != MOONS_OK)
    return 1;
  for (int i = 0; i < 2; i++) {
    moons_value arguments[] = {moons_string(i == 0 ? "a" : "b"), moons_integer(i + 3)};
    if (moons_thread_new(runtime, NULL, function, arguments, 2, &threads[i]) != MOONS_OK) return 1;
  }
  for (int i = 0; i < 2; i++) {
    moons_values *results;
    moons_status status = moons_thread_join(threads[i], MOONS_FOREVER, &results);
    if (status == MOONS_OK) {
      printf("%s\n", moons_values_at(results, 0).as.string.bytes);
      moons_values_free(results);
    } else if (status == MOONS_FAILED) {
      fprintf(stderr, "%s\n", moons_thread_traceback(threads[i]));
    }
    moons_thread_free(threads[i]);
  }
  moons_function_free(function);
  return moons_runtime_free(runtime) == MOONS_OK ? 0 : 1;
}
