package main

import (
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

func square(x int) int { return x * x }

// Work that every language does alike: `count` steps of integers.
func spin(count int) int {
	s := 0
	for i := 1; i <= count; i++ {
		s = (s*31 + i) % 65521
	}
	return s
}

type request[T any] struct {
	f     func(T) T
	value T
	reply chan<- T
}

// Goroutines that take requests from one channel until it is closed.
func startWorkers[T any](count int) chan<- request[T] {
	requests := make(chan request[T], 1024)
	for w := 0; w < count; w++ {
		go func() {
			for r := range requests {
				r.reply <- r.f(r.value)
			}
		}()
	}
	return requests
}

// A future is a channel with room for its one value.
func submit[T any](requests chan<- request[T], f func(T) T, value T) <-chan T {
	reply := make(chan T, 1)
	if requests == nil {
		go func() { reply <- f(value) }()
	} else {
		requests <- request[T]{f, value, reply}
	}
	return reply
}

type item[T any] struct {
	index int
	value T
}

// One message for each task and one for each result.
func mapSingly[T any](workers int, f func(T) T, values []T) []T {
	tasks, replies := make(chan item[T], 1024), make(chan item[T], 1024)
	for w := 0; w < workers; w++ {
		go func() {
			for task := range tasks {
				replies <- item[T]{task.index, f(task.value)}
			}
		}()
	}
	go func() {
		for i, value := range values {
			tasks <- item[T]{i, value}
		}
		close(tasks)
	}()
	results := make([]T, len(values))
	for range values {
		reply := <-replies
		results[reply.index] = reply.value
	}
	return results
}

// One message for each chunk; the memory is shared.
func mapChunks[T any](workers int, f func(T) T, values []T, chunk int) []T {
	firsts, ends := make(chan int), make(chan struct{})
	results := make([]T, len(values))
	for w := 0; w < workers; w++ {
		go func() {
			for first := range firsts {
				for i := first; i < first+chunk && i < len(values); i++ {
					results[i] = f(values[i])
				}
			}
			ends <- struct{}{}
		}()
	}
	for first := 0; first < len(values); first += chunk {
		firsts <- first
	}
	close(firsts)
	for w := 0; w < workers; w++ {
		<-ends
	}
	return results
}

func timedMap[T comparable](workers int, f func(T) T, values, expected []T, chunk int) float64 {
	var results []T
	start := time.Now()
	if chunk == 0 {
		results = mapSingly(workers, f, values)
	} else {
		results = mapChunks(workers, f, values, chunk)
	}
	seconds := since(start)
	for i := range expected {
		check(results[i] == expected[i], "wrong result")
	}
	return seconds
}

// Values per second. Chunks are of the size that is fastest among some.
func mapRate[T comparable](form string, f func(T) T, values []T, workers, rounds int) float64 {
	expected := make([]T, len(values))
	for i, value := range values {
		expected[i] = f(value)
	}
	chunk, least := 0, timedMap(workers, f, values, expected, len(values)/8)
	for _, share := range []int{1, 4, 16, 64} {
		if size := len(values) / workers / share; form == "chunks" && size > 0 {
			if seconds := timedMap(workers, f, values, expected, size); chunk == 0 || seconds < least {
				chunk, least = size, seconds
			}
		}
	}
	seconds := 0.0
	for i := 0; i < rounds; i++ {
		seconds += timedMap(workers, f, values, expected, chunk)
	}
	return float64(len(values)*rounds) / seconds
}

func integers(n int) []int {
	values := make([]int, n)
	for i := range values {
		values[i] = i + 1
	}
	return values
}

// map singly|chunks square|echo WORKERS N ROUNDS BYTES: strings are copied, as elsewhere.
func mapCase(args []string) {
	workers, n, rounds, bytes := number(args[2]), number(args[3]), number(args[4]), number(args[5])
	if args[1] == "square" {
		report("per_second", mapRate(args[0], square, integers(n), workers, rounds))
		return
	}
	texts := make([]string, n)
	for i := range texts {
		digits := strconv.Itoa(i)
		texts[i] = strings.Repeat("x", bytes-len(digits)) + digits
	}
	twice := func(text string) string { return strings.Clone(strings.Clone(text)) }
	report("per_second", mapRate(args[0], twice, texts, workers, rounds))
}

func workersFor(form string, count int) chan<- request[int] {
	if form == "goroutine" {
		return nil
	}
	return startWorkers[int](count)
}

func timedSubmits(requests chan<- request[int], n int) float64 {
	start := time.Now()
	futures := make([]<-chan int, n)
	for i := range futures {
		futures[i] = submit(requests, square, i)
	}
	results := make([]int, n)
	for i, future := range futures {
		results[i] = <-future
	}
	seconds := since(start)
	for i, result := range results {
		check(result == i*i, "wrong result")
	}
	return seconds
}

// submit goroutine|workers WORKERS N ROUNDS
func submitCase(args []string) {
	n, rounds := number(args[2]), number(args[3])
	requests := workersFor(args[0], number(args[1]))
	timedSubmits(requests, n)
	seconds := 0.0
	for i := 0; i < rounds; i++ {
		seconds += timedSubmits(requests, n)
	}
	report("per_second", float64(n*rounds)/seconds)
}

func timedTurns(requests chan<- request[int], n int) float64 {
	start := time.Now()
	for i := 0; i < n; i++ {
		check(<-submit(requests, square, i) == i*i, "wrong result")
	}
	return since(start)
}

// turns goroutine|workers WORKERS N: one submit, its result, the next.
func turns(args []string) {
	n, requests := number(args[2]), workersFor(args[0], number(args[1]))
	timedTurns(requests, n/8)
	report("per_second", float64(n)/timedTurns(requests, n))
}

func timedAlone(counts []int) (float64, []int) {
	results := make([]int, len(counts))
	start := time.Now()
	for i, count := range counts {
		results[i] = spin(count)
	}
	return since(start), results
}

func equal(n, value int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = value
	}
	return list
}

// skewed singly|chunks WORKERS WORK: the time over the ideal one. The first
// task is as long as all that one worker does in the ideal case.
func skewed(args []string) {
	workers, work, chunk := number(args[1]), number(args[2]), 0
	counts := equal(1000*(workers-1)+1, work)
	counts[0] *= 1000
	if args[0] == "chunks" {
		chunk = 1
	}
	warm := equal(64, work)
	_, expected := timedAlone(warm)
	timedMap(workers, spin, warm, expected, chunk)
	alone, expected := timedAlone(counts)
	report("over_ideal", timedMap(workers, spin, counts, expected, chunk)/(alone/float64(workers)))
}

// scaling FORM WORK N: speed-up to a plain loop.
func scaling(args []string) {
	counts := equal(number(args[2]), number(args[1]))
	for power, key := range []string{"one", "two", "four", "eight"} {
		workers := 1 << power
		alone, expected := timedAlone(counts)
		chunk := len(counts) / workers / 4
		report("speedup_"+key, alone/timedMap(workers, spin, counts, expected, chunk))
	}
}

func collected() float64 {
	runtime.GC()
	debug.FreeOSMemory()
	return residentBytes()
}

// pending goroutine|workers N: what each future adds whose task waits, as a
// goroutine at a gate or in the channel of workers that are held.
func pending(args []string) {
	n, gate := number(args[1]), make(chan struct{})
	requests := make(chan request[int], n)
	task := square
	if args[0] == "goroutine" {
		requests = nil
		task = func(x int) int {
			<-gate
			return x * x
		}
	} else {
		for w := 0; w < 2; w++ {
			go func() {
				<-gate
				for r := range requests {
					r.reply <- r.f(r.value)
				}
			}()
		}
	}
	before := collected()
	futures := make([]<-chan int, n)
	for i := range futures {
		futures[i] = submit(requests, task, i)
	}
	report("bytes_each", (collected()-before)/float64(n))
	close(gate)
	for i, future := range futures {
		check(<-future == i*i, "wrong result")
	}
}
