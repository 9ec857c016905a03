/* tests/embed/misuse.h -- that a mistake is answered or, in a debug build, ends the process with a message. */
#ifndef MISUSE_H
#define MISUSE_H

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

/* The expression, a call of `function`, is a mistake, and so its value `answer`. */
#ifdef MN_MISUSE_ABORTS
#define MISUSE(function, arguments, answer) MISUSE_VOID(function, arguments)
#define MISUSE_VOID(function, arguments)                              \
  do {                                                                \
    int ends[2];                                                      \
    CHECK(pipe(ends) == 0);                                           \
    pid_t child = fork();                                             \
    if (child == 0) {                                                 \
      (void)dup2(ends[1], STDERR_FILENO);                             \
      (void)function arguments;                                       \
      _exit(0);                                                       \
    }                                                                 \
    check_misuse(child, ends, "moons: " #function ": '", #arguments); \
  } while (0)
#else
#define MISUSE(function, arguments, answer) CHECK(function arguments == (answer))
#define MISUSE_VOID(function, arguments)    (function arguments)
#endif

/* The child was aborted, and its message, one line, begins so. */
static inline void check_misuse(pid_t child, const int ends[2], const char *beginning,
                                const char *arguments) {
  char text[300] = "";
  int status = 0;
  (void)close(ends[1]);
  size_t size = 0;
  for (ssize_t more; (more = read(ends[0], text + size, sizeof text - 1 - size)) > 0;)
    size += (size_t)more;
  (void)close(ends[0]);
  CHECK(child > 0 && waitpid(child, &status, 0) == child);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && size > 0 && text[size - 1] == '\n' &&
      strncmp(text, beginning, strlen(beginning)) == 0)
    return;
  fprintf(stderr, "%s%s: status %d, %s\n", beginning, arguments, status, text);
  abort();
}

#endif
