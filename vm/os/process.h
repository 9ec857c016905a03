/* os/process.h -- other programs: starting, waiting, signalling.
 * Level os. Every call is safe from any thread; only mn_process_wait blocks. What is written to them
 * and read from them: os/pipe.h.
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

/* The child of that number, which nobody has waited for yet (os/fork.h makes such ones), to be waited for
 * here. Whether it is one is told by the wait. */
mn_process mn_process_of(int pid);

/* Whether there is a shell. */
bool mn_os_has_shell(void);

/* Starts `/bin/sh -c command`. `input` and `output` become its standard input and output; -1: as
 * this process's. It gets those descriptors that are not marked to be closed on exec.
 * MN_INVALID: errno says why. */
mn_status mn_process_start(mn_process *process, const char *command, int input, int output);

/* Its standard streams, and one more, descriptor 3. */
enum { MN_STREAMS = 4 };

/* The file of the program that runs, whatever has become of its name meanwhile; a constant. */
const char *mn_os_own_program(void);

/* What is to be started, and how. */
typedef struct mn_program {
  const char *file; /* with a slash: a path, seen from `folder`; else looked for in PATH */
  const char *const *arguments;   /* the first is the name that it goes by; NULL ends */
  const char *const *environment; /* "NAME=value", NULL ends, and PATH is that of it; NULL: ours */
  const char *folder;             /* NULL: ours */
  int streams[MN_STREAMS];        /* -1: the standard ones as this process's, the fourth none */
  int umask;                      /* -1: ours */
  bool new_session, new_group;    /* it leads one; a session's leader leads a group too */
} mn_program;

/* Starts it. It has no other descriptors than those, and signals are to it as they were
 * to this process at its start, but SIGPIPE and SIGXFSZ are not ignored. Memory that this process has
 * touched costs no time.
 * MN_INVALID: errno says why, *folder_failed whether it was for the folder. No child is left then. */
mn_status mn_process_spawn(mn_process *process, const mn_program *program, bool *folder_failed);

/* Whether it has ended, without waiting for it. MN_EMPTY: it runs. MN_OK, MN_INVALID as
 * mn_process_wait, and so is what is left of it. */
mn_status mn_process_look(mn_process *process, int *status);
/* The same, but it stays to be waited for, and its number stays taken. */
bool mn_process_has_ended(const mn_process *process);

/* For a process that nobody will wait for: it is waited for in the background. Takes it over. */
void mn_process_abandon(mn_process *process);

/* What a status says: the exit status, or the signal that ended it as a negative number. */
int mn_process_return_code(int status);

/* Waits for the process's end, or until *stop (NULL: never; whoever sets it interrupts the calling
 * thread afterwards), or until `deadline`. MN_OK: *status is as waitpid gives it, and the process is
 * no more. MN_CANCELLED: *stop. MN_TIMEOUT. MN_INVALID: somebody else has waited for it; errno. */
mn_status mn_process_wait(mn_process *process, const _Atomic bool *stop, mn_time deadline,
                          int *status);

/* Writes the numbers of this process's children, at most so many; how many. */
int mn_process_children(int *pids, int most);

/* Asks the process, and those that it has started and still waits for, to end (SIGTERM), or ends them
 * (SIGKILL). Before it was waited for. */
void mn_process_terminate(const mn_process *process);
void mn_process_kill(const mn_process *process);

/* Sends a signal to the process alone; to the group that it leads. Before it was waited for.
 * MN_INVALID: errno says why. */
mn_status mn_process_signal(const mn_process *process, int signal);
mn_status mn_process_signal_group(const mn_process *process, int signal);

/* "SIGTERM" for 15, NULL for what is no signal; 15 for "SIGTERM" and "TERM", 0 for no name of one. */
const char *mn_os_signal_name(int signal);
int mn_os_signal_number(const char *name);
enum { MN_SIGNAL_KILL = 9, MN_SIGNAL_TERM = 15, MN_SIGNALS = 65 };

/* The "NAME=value" of this process, NULL ends. */
const char *const *mn_os_environment(void);

/* ---- descriptors ---- */
/* A pipe: ends[0] to read, ends[1] to write, both closed on exec, neither of them a standard stream's
 * number. MN_INVALID: errno says why. */
mn_status mn_os_pipe(int ends[2]);
void mn_os_close(int descriptor);
/* Another number for the same open file, closed on exec. -1: errno says why. */
int mn_os_copy_descriptor(int descriptor);
/* The device that swallows all and gives nothing, for reading and writing; -1: errno says why. */
int mn_os_open_null(void);
/* Keeps the descriptor from the processes that are started later. False: it is none. */
bool mn_os_close_on_exec(int descriptor);

#endif
