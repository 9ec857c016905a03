/* What a plug-in of this program has: a variable `plugin`. */
#ifndef PLUGIN_H
#define PLUGIN_H

#include <moons.h>

typedef struct plugin_parts {
  const moons_c_entry *functions;
  const moons_object_type *const *types;
} plugin_parts;

extern const plugin_parts plugin;

#endif
