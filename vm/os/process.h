/* os/process.h -- commands of the shell, and what they need: starting, waiting, signalling.
 * Level os. Every call is safe from any thread; only mn_process_wait blocks.
 *
 * Nothing here changes what signals do to this process. */
#ifndef MN_OS_PROCESS_H
#define MN_OS_PROCESS_H

#include "os/os.h"

/* A child of this process. Whoever started it waits for it. */
typedef struct mn_process {
  int pid;
  int watch; /* a descriptor that tells its end; -1: the system had none left */
} mn_process;

/* Whether there is a shell. */
bool mn_os_has_shell(void);

/* Starts `/bin/sh -c command`. `input` and `output` become its standard input and output; -1: as
 * this process's. It gets those descriptors that are not marked to be closed on exec.
 * MN_INVALID: errno says why. */
mn_status mn_process_start(mn_process *process, const char *command, int input, int output);

/* Waits for the process's end, or until *stop (NULL: never; whoever sets it interrupts the calling
 * thread afterwards), or until `deadline`. MN_OK: *status is as waitpid gives it, and the process is
 * no more. MN_CANCELLED: *stop. MN_TIMEOUT. MN_INVALID: somebody else has waited for it; errno. */
mn_status mn_process_wait(mn_process *process, const _Atomic bool *stop, mn_time deadline,
                          int *status);

/* Asks the process, and those that it has started and still waits for, to end (SIGTERM), or ends them
 * (SIGKILL). Before it was waited for. */
void mn_process_terminate(const mn_process *process);
void mn_process_kill(const mn_process *process);

/* ---- descriptors ---- */
/* A pipe: ends[0] to read, ends[1] to write, both closed on exec. MN_INVALID: errno says why. */
mn_status mn_os_pipe(int ends[2]);
void mn_os_close(int descriptor);
/* Keeps the descriptor from the processes that are started later. */
void mn_os_close_on_exec(int descriptor);

#endif
