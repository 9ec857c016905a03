package main

import (
	"sync"
	"sync/atomic"
	"time"
)

const writeEvery = 16

// A number that goroutines turn to, and what keeps them apart.
type shared struct {
	mutex   sync.Mutex
	rwmutex sync.RWMutex
	once    sync.Once
	number  int64
}

// What each of them does n times, by form.
var uses = map[string]func(s *shared, n int){
	"atomic": func(s *shared, n int) {
		for i := 0; i < n; i++ {
			atomic.AddInt64(&s.number, 1)
		}
	},
	"mutex": func(s *shared, n int) {
		for i := 0; i < n; i++ {
			s.mutex.Lock()
			s.number++
			s.mutex.Unlock()
		}
	},
	"rwmutex": func(s *shared, n int) {
		last := int64(0)
		for i := 1; i <= n; i++ {
			if i%writeEvery == 0 {
				s.rwmutex.Lock()
				s.number++
				s.rwmutex.Unlock()
			} else {
				s.rwmutex.RLock()
				check(s.number >= last, "the number went back")
				last = s.number
				s.rwmutex.RUnlock()
			}
		}
	},
	"once": func(s *shared, n int) {
		for i := 0; i < n; i++ {
			s.once.Do(func() { s.number++ })
		}
	},
}

// What the number is after `each` uses by all goroutines.
func expected(form string, count, each int) int64 {
	switch form {
	case "once":
		return 1
	case "rwmutex":
		return int64(count * (each / writeEvery))
	}
	return int64(count * each)
}

// counter FORM GOROUTINES N: they use one object together.
func counter(args []string) {
	form, count := args[0], number(args[1])
	each := number(args[2]) / count
	check(uses[form] != nil, "no such form")
	var s shared
	var done sync.WaitGroup
	gate := make(chan bool)
	for i := 0; i < count; i++ {
		done.Add(1)
		go func() {
			defer done.Done()
			<-gate
			uses[form](&s, each)
		}()
	}
	start := time.Now()
	close(gate)
	done.Wait()
	seconds := since(start)
	check(s.number == expected(form, count, each), "counts were lost")
	report("per_second", float64(each*count)/seconds)
}
