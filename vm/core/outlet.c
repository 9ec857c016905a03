/* core/outlet.c -- what nobody has asked for. */
#include "core/outlet.h"

#include "core/status_line.h"

void mn_report(const mn_runtime *runtime, const char *text, size_t size) {
  if (mn_outlet_write(runtime, MN_OUTLET_LOG, text, size) || runtime->is_hosted) return;
  mn_status_line_write_error(text, size);
}
