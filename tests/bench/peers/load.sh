#!/bin/sh
# load.sh PORT PROCESS: 1,000 connections of wrk ask the server at the port, one request after the
# other each. Prints how many are answered in a second, the time of the 99th of 100, and the processor
# time that the server's process takes for each.

ticks() {
  sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 12,13 | tr ' ' '+'
}

before=$(($(ticks "$2")))
out=$(wrk --threads 1 --connections 1000 --duration 3s --timeout 20s --latency \
  "http://127.0.0.1:$1/" 2>&1)
after=$(($(ticks "$2")))
if ! printf '%s\n' "$out" | grep -q '^Requests/sec' ||
  printf '%s\n' "$out" | grep -q -e 'Socket errors' -e 'Non-2xx'; then
  printf '%s\n' "$out" >&2
  exit 1
fi
printf '%s\n' "$out" | awk -v busy="$((after - before))" -v rate="$(getconf CLK_TCK)" '
  /requests in/ { print "seconds_busy", busy / rate / $1 }
  /^Requests\/sec:/ { print "per_second", $2 }
  $1 == "99%" {
    scale = $2 ~ /us$/ ? 1e-6 : $2 ~ /ms$/ ? 1e-3 : 1
    print "seconds_far", ($2 + 0) * scale
  }'
