package main

import (
	"os"
	"regexp"
	"runtime"
	"strconv"
	"sync"
	"time"
)

// A goroutine that locks its OS thread and ends without unlocking takes the
// thread with it: this is what a thread of the system costs in Go.
func task(locked bool, value int, result chan<- int) {
	if locked {
		runtime.LockOSThread()
	}
	result <- value
}

func spawnAndJoin(locked bool, n int) float64 {
	result := make(chan int)
	start := time.Now()
	for i := 0; i < n; i++ {
		go task(locked, i, result)
		check(<-result == i, "wrong result")
	}
	return since(start)
}

// spawn goroutine|thread N
func spawn(args []string) {
	locked, n := args[0] == "thread", number(args[1])
	spawnAndJoin(locked, n/10)
	report("seconds_each", spawnAndJoin(locked, n)/float64(n))
}

func residentBytes() float64 {
	text, err := os.ReadFile("/proc/self/smaps_rollup")
	check(err == nil, "cannot read /proc/self/smaps_rollup")
	found := regexp.MustCompile(`(?m)^Rss:\s+(\d+)`).FindSubmatch(text)
	kilobytes, _ := strconv.ParseFloat(string(found[1]), 64)
	return kilobytes * 1024
}

// live goroutine|thread N
func live(args []string) {
	locked, n := args[0] == "thread", number(args[1])
	var ready, done sync.WaitGroup
	gate := make(chan struct{})
	ready.Add(n)
	done.Add(n)
	before, start := residentBytes(), time.Now()
	for i := 0; i < n; i++ {
		go func() {
			if locked {
				runtime.LockOSThread()
			}
			ready.Done()
			<-gate
			done.Done()
		}()
	}
	ready.Wait()
	report("seconds", since(start))
	report("bytes_each", (residentBytes()-before)/float64(n))
	close(gate)
	done.Wait()
}

func roundTrips(n int) float64 {
	there, back := make(chan int), make(chan int)
	go func() {
		for value := range there {
			back <- value
		}
	}()
	there <- 0
	<-back
	start := time.Now()
	for i := 1; i <= n; i++ {
		there <- i
		check(<-back == i, "wrong value came back")
	}
	seconds := since(start)
	close(there)
	return seconds
}

// roundtrip FORM N
func roundtrip(args []string) {
	n := number(args[1])
	roundTrips(n / 10)
	report("seconds_each", roundTrips(n)/float64(n))
}
