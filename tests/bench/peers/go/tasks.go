package main

import (
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"time"
)

func switches(form string, n int) float64 {
	var done sync.WaitGroup
	there, back := make(chan int), make(chan int)
	first := func() {
		for i := 0; i < n/2; i++ {
			there <- i
			check(<-back == i, "wrong value came back")
		}
		done.Done()
	}
	second := func() {
		for i := 0; i < n/2; i++ {
			back <- <-there
		}
		done.Done()
	}
	if form == "yield" {
		first = func() {
			for i := 0; i < n/2; i++ {
				runtime.Gosched()
			}
			done.Done()
		}
		second = first
	}
	done.Add(2)
	start := time.Now()
	go first()
	go second()
	done.Wait()
	return since(start)
}

// switch channels|yield N: two goroutines on one OS thread.
func switchCase(args []string) {
	n := number(args[1])
	runtime.GOMAXPROCS(1)
	switches(args[0], n/10)
	report("seconds_each", switches(args[0], n)/float64(n))
}

func peakBytes() float64 {
	text, err := os.ReadFile("/proc/self/status")
	check(err == nil, "cannot read /proc/self/status")
	found := regexp.MustCompile(`(?m)^VmHWM:\s+(\d+)`).FindSubmatch(text)
	kilobytes, _ := strconv.ParseFloat(string(found[1]), 64)
	return kilobytes * 1024
}

// sleepers FORM N: on one OS thread, with the collector as it is by default.
func sleepers(args []string) {
	n := number(args[1])
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(100)
	start := time.Now()
	results := make([]chan int, n)
	for i := range results {
		results[i] = make(chan int, 1)
		go func(i int) {
			time.Sleep(time.Second)
			results[i] <- i
		}(i)
	}
	for i, result := range results {
		check(<-result == i, "wrong result")
	}
	report("seconds", since(start))
	report("bytes_peak", peakBytes())
}
