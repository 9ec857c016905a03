/* main/editor_hooks.c -- lists that the hooks fill in.
 *
 * A span that finds no memory is left out: that part is plain. A candidate is missed by whoever looks for
 * what all have in common, so that list is not used at all. */
#include "main/editor_hooks.h"

void mn_spans_add(mn_spans *spans, size_t from, size_t size, mn_style style) {
  mn_span span = {from, size, style};
  size_t count = mn_spans_count(spans);
  if (size == 0 || (unsigned)style >= MN_STYLES) return;
  if (count > 0) {
    const mn_span *last = mn_spans_at(spans, count - 1);
    if (from < last->from + last->size) return;
  }
  (void)mn_buffer_add(&spans->spans, &span, sizeof span);
}

mn_style mn_spans_style(const mn_spans *spans, size_t at) {
  size_t low = 0, high = mn_spans_count(spans);
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    const mn_span *span = mn_spans_at(spans, middle);
    if (at < span->from)
      high = middle;
    else if (at >= span->from + span->size)
      low = middle + 1;
    else
      return span->style;
  }
  return MN_STYLE_PLAIN;
}

void mn_spans_free(mn_spans *spans) {
  mn_buffer_free(&spans->spans);
}

void mn_candidates_add(mn_candidates *candidates, const char *text, size_t size) {
  size_t before = candidates->texts.size;
  bool ok = mn_buffer_add(&candidates->texts, text, size) &&
            mn_buffer_add(&candidates->texts, "", 1) &&
            mn_buffer_add(&candidates->sizes, &size, sizeof size);
  if (ok) return;
  candidates->texts.size = before;
  candidates->failed = true;
}

void mn_candidates_free(mn_candidates *candidates) {
  mn_buffer_free(&candidates->texts);
  mn_buffer_free(&candidates->sizes);
}
