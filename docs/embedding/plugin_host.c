/* A program that loads a plug-in, a shared library whose file is its argument, and lets a script use it: the vectors
 * go to a thread and come back through a queue. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "plugin.h"

static const char script[] =
    "local vector = require 'vector'\n"
    "local queue = moons.Queue()\n"
    "local v = vector.new(3, 4)\n"
    "local thread <close> = moons.spawn(function(w) queue:put(w:scale(2)) end, v)\n"
    "local doubled = queue:get()\n"
    "print('v has the length ' .. v:length() .. ', what came back ' .. doubled:length())\n"
    "print('their sum ' .. (v + doubled):length())\n";

static moons_status run(moons_runtime *runtime) {
  moons_function *function;
  moons_state *state;
  moons_status status =
      moons_function_new(runtime, script, strlen(script), "=script", &function, NULL);
  if (status != MOONS_OK) return status;
  status = moons_state_new(runtime, NULL, &state);
  if (status == MOONS_OK) {
    status = moons_state_call(state, function, NULL, 0, NULL);
    if (status == MOONS_FAILED) fprintf(stderr, "%s\n", moons_state_traceback(state));
    moons_state_free(state);
  }
  moons_function_free(function);
  return status;
}

int main(int argc, char **argv) {
  void *library = dlopen(argc > 1 ? argv[1] : "libvector.so", RTLD_NOW | RTLD_LOCAL);
  const plugin_parts *parts = library ? dlsym(library, "plugin") : NULL;
  if (!parts) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  moons_config config = MOONS_CONFIG;
  moons_runtime *runtime;
  config.functions = parts->functions;
  config.types = parts->types;
  if (moons_runtime_new(&config, &runtime) != MOONS_OK) return 1;
  moons_status status = run(runtime);
  /* The plug-in stays as long as anything of it may be called. */
  if (moons_runtime_free(runtime) == MOONS_OK) (void)dlclose(library);
  return status == MOONS_OK ? 0 : 1;
}
