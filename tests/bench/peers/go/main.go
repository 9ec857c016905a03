// The Go peers: `peer_go CASE WORD...` measures one case and prints
// `key value` lines in SI base units.
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

func report(key string, value float64) { fmt.Printf("%s %.9g\n", key, value) }

func check(ok bool, what string) {
	if !ok {
		fmt.Fprintln(os.Stderr, "bench:", what)
		os.Exit(1)
	}
}

func number(word string) int {
	n, err := strconv.Atoi(word)
	check(err == nil, "not a number: "+word)
	return n
}

func since(start time.Time) float64 { return time.Since(start).Seconds() }

func main() {
	cases := map[string]func([]string){
		"spawn": spawn, "live": live, "roundtrip": roundtrip, "queue": queue, "cpu": cpu,
		"counter": counter, "map": mapCase, "submit": submitCase, "turns": turns,
		"skewed": skewed, "scaling": scaling, "pending": pending,
		"switch": switchCase, "sleepers": sleepers,
		"actor": actorCase, "actor_ring": actorRing, "actor_ask": actorAsk, "timers": timers,
		"http": http,
	}
	check(len(os.Args) > 2 && cases[os.Args[1]] != nil, "usage: peer_go CASE WORD...")
	cases[os.Args[1]](os.Args[2:])
}
