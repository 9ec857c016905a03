#!/bin/sh
# Checks the model of waiting in every schedule, and that planted faults are found.
#   tests/model/run.sh [deep]     deep: larger cases too, for minutes and with some GB of memory
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# check SINGLES BOTH LEAVERS MAKERS_0 MAKERS_1 [FAULT]: prints "errors: N".
check() {
  spin -a -DSINGLES="$1" -DBOTH="$2" -DLEAVERS="$3" -DMAKERS_0="$4" -DMAKERS_1="$5" \
    ${6:+-D"$6"} "$here/wait.pml" >spin.out || { cat spin.out; exit 1; }
  cc -w -O2 -DSAFETY -DCOLLAPSE -o pan pan.c
  ./pan -m100000 >pan.out || { cat pan.out; exit 1; }
  ! grep -q 'max search depth too small' pan.out || { cat pan.out; exit 1; }
  grep -o 'errors: [0-9]*' pan.out
}

good() {
  result=$(check "$@")
  echo "$*: $result"
  [ "$result" = "errors: 0" ] || { cat pan.out; exit 1; }
}

planted() {
  result=$(check "$@")
  echo "$*: $result"
  [ "$result" != "errors: 0" ] || { echo "the planted fault was not found"; exit 1; }
}

good 1 1 0 1 1
good 1 1 0 2 1
good 1 0 1 2 1
good 1 1 1 2 0
if [ "${1:-}" = deep ]; then
  good 2 1 0 2 1
fi

planted 1 1 0 1 1 NO_SECOND_LOOK
planted 1 1 0 1 1 LATE_STAND
planted 1 1 0 1 1 BLIND_PARK
planted 1 1 0 1 1 NO_HAND_ON
planted 1 1 0 1 1 FORGET_OWED
planted 1 1 0 2 1 KEEP_LATE
