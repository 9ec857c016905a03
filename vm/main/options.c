/* main/options.c -- reading the command line. */
#include "main/options.h"

#include <lua.h>
#include <string.h>

/* What one argument turned out to be. */
typedef enum kind { OPTION, OPTION_WITH_NEXT, LAST_OPTION, SCRIPT, UNKNOWN } kind;

static kind parse_long(mn_options *options, const char *argument) {
  if (argument[2] == '\0') return LAST_OPTION;
  if (strcmp(argument, "--help") == 0) {
    options->help = true;
  } else if (strcmp(argument, "--version") == 0) {
    options->version = true;
  } else {
    return UNKNOWN;
  }
  return OPTION;
}

static kind parse_flag(mn_options *options, const char *argument) {
  if (argument[2] != '\0') return UNKNOWN;
  switch (argument[1]) {
    case 'E': options->no_environment = true; break;
    case 'W': break;
    case 'i': options->interactive = options->show_version = true; break;
    case 'v': options->show_version = true; break;
    default: return UNKNOWN;
  }
  return OPTION;
}

static kind parse_one(mn_options *options, const char *argument) {
  if (argument[0] != '-' || argument[1] == '\0') return SCRIPT;
  switch (argument[1]) {
    case '-': return parse_long(options, argument);
    case 'e': options->has_statement = true; break;
    case 'l': break;
    default: return parse_flag(options, argument);
  }
  return argument[2] == '\0' ? OPTION_WITH_NEXT : OPTION;
}

void mn_options_parse(mn_options *options, int argc, char **argv) {
  *options = (mn_options){.argc = argc, .argv = argv, .script = argc > 0 ? 0 : -1, .end = argc};
  for (int i = 1; i < argc; i++) {
    switch (parse_one(options, argv[i])) {
      case OPTION: break;
      case OPTION_WITH_NEXT:
        if (i + 1 == argc || argv[i + 1][0] == '-') {
          options->unknown = i;
          return;
        }
        i++;
        break;
      case LAST_OPTION:
        options->script = i + 1 < argc ? i + 1 : 0;
        options->end = i;
        return;
      case SCRIPT: options->script = options->end = i; return;
      case UNKNOWN: options->unknown = i; return;
    }
  }
}

void mn_options_print_help(FILE *file) {
  (void)fputs("usage: moons [options] [script [args]]\n"
              "       moons check [-g name]... file...\n"
              "Available options are:\n"
              "  -e stat    execute string 'stat'\n"
              "  -i         enter interactive mode after executing 'script'\n"
              "  -l mod     require library 'mod' into global 'mod'\n"
              "  -l g=mod   require library 'mod' into global 'g'\n"
              "  -v         show version information\n"
              "  -E         ignore environment variables\n"
              "  -W         turn warnings on\n"
              "  --         stop handling options\n"
              "  -          stop handling options and execute stdin\n"
              "  --help     show this text and leave\n"
              "  --version  show version information and leave\n"
              "Without a script: interactive mode on a terminal, else stdin is the script.\n"
              "'moons check' looks for mistakes in files, without running them.\n",
              file);
}

void mn_options_print_version(void) {
  (void)puts("moons " MOONS_VERSION " (" LUA_RELEASE ")");
}

void mn_options_complain(const mn_options *options) {
  const char *option = options->argv[options->unknown];
  if (option[1] == 'e' || option[1] == 'l')
    (void)fprintf(stderr, "moons: '%s' needs argument\n", option);
  else
    (void)fprintf(stderr, "moons: unrecognized option '%s'\n", option);
  mn_options_print_help(stderr);
}
