/* main/options.h -- what the command line asks for.
 * Level main; never lua.h. */
#ifndef MN_MAIN_OPTIONS_H
#define MN_MAIN_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

typedef struct mn_options {
  int argc;
  char **argv;
  int script;  /* index of the script's name, or of "-"; 0: none; -1: argv is empty */
  int end;     /* index after the last option */
  int unknown; /* index of the option that was not understood, or lacks its argument; 0: none */
  bool help, version;  /* --help, --version */
  bool show_version;   /* -v, -i */
  bool interactive;    /* -i */
  bool has_statement;  /* -e */
  bool no_environment; /* -E */
} mn_options;

/* Reads the options as upstream's lua does: up to the first argument that is none. They are run one
 * by one later, in their order (script.h). */
void mn_options_parse(mn_options *options, int argc, char **argv);

/* Says on standard error what is wrong with the unknown option, and how to use the command. */
void mn_options_complain(const mn_options *options);
void mn_options_print_help(FILE *file);
void mn_options_print_version(void);

#endif
