/* core/report.h -- telling of an error that nobody caught, by core/outlet.h.
 * Level core; never lua.h. Any thread; blocks as any write does. */
#ifndef MN_CORE_REPORT_H
#define MN_CORE_REPORT_H

#include "core/runtime_data.h"

/* Writes `head`, the report, `tail` and a newline, all at once if there is memory for that. A report is a
 * message, and maybe a traceback; between the two comes what runtime->excerpt has to show. */
void mn_report_write(mn_runtime *runtime, const char *head, const char *report, const char *tail);

#endif
