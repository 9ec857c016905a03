# Completion of the command moons for bash.

# Folders and Lua files that begin with the word.
_moons_names() {
  local IFS=$'\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen -d -- "$1"; compgen -f -X '!*.lua' -- "$1"))
}

# Whether "--" stands before the word: no option may follow.
_moons_is_past_options() {
  local i
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ ${COMP_WORDS[i]} == -- ]]; then return 0; fi
  done
  return 1
}

_moons() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} i
  COMPREPLY=()
  if [[ ${COMP_WORDS[1]} == check && $COMP_CWORD -gt 1 ]]; then
    case $before in
      -g) ;;
      *)
        if [[ $word == -* ]] && ! _moons_is_past_options; then
          COMPREPLY=($(compgen -W '-g -- --help' -- "$word"))
        else
          _moons_names "$word"
        fi
        ;;
    esac
    return
  fi
  case $before in
    -e | -l) return ;;
  esac
  # After the script come its own arguments.
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      -e | -l) ((i++)) ;;
      -?*) ;;
      *)
        compopt -o default 2>/dev/null
        return
        ;;
    esac
  done
  if [[ $word == -* ]] && ! _moons_is_past_options; then
    COMPREPLY=($(compgen -W '-e -i -l -v -E -W -- --help --version' -- "$word"))
  else
    _moons_names "$word"
    if ((COMP_CWORD == 1)); then COMPREPLY+=($(compgen -W check -- "$word")); fi
  fi
}

complete -F _moons moons
