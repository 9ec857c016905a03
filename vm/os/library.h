/* os/library.h -- libraries that are loaded when they are first needed.
 * Level os. Safe from any thread. */
#ifndef MN_OS_LIBRARY_H
#define MN_OS_LIBRARY_H

/* Loads the library, which stays until the process ends. NULL: *why says what is wrong, until the thread's
 * next call. */
void *mn_os_library_load(const char *name, const char **why);

/* A function of it; NULL: it has none of that name. */
typedef void mn_os_function(void);
mn_os_function *mn_os_library_find(void *library, const char *name);

/* Looks for the program of that name whose answer to -v begins with `answer`: in the folders bin beside those
 * in which the library lies that has the function `inside`, then on PATH. What was found first is kept
 * for good. NULL: there is none. */
const char *mn_os_find_program(const char *name, const char *answer, mn_os_function *inside);

#endif
