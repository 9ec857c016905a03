package main

import (
	"sync"
	"sync/atomic"
	"time"
)

// counter mutex|atomic GOROUTINES N: they change one number together.
func counter(args []string) {
	count := number(args[1])
	each := number(args[2]) / count
	var mutex sync.Mutex
	var locked, word int64
	var done sync.WaitGroup
	gate := make(chan bool)
	for i := 0; i < count; i++ {
		done.Add(1)
		go func() {
			defer done.Done()
			<-gate
			for k := 0; k < each; k++ {
				if args[0] == "atomic" {
					atomic.AddInt64(&word, 1)
				} else {
					mutex.Lock()
					locked++
					mutex.Unlock()
				}
			}
		}()
	}
	start := time.Now()
	close(gate)
	done.Wait()
	seconds := since(start)
	check(locked+word == int64(each*count), "counts were lost")
	report("per_second", float64(each*count)/seconds)
}
