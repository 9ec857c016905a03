package main

import (
	"strings"
	"sync/atomic"
	"time"
)

const batch = 128

type record struct {
	id     int
	name   string
	values []int
}

// Runs producers against consumers on one channel and returns the seconds and
// the consumers' total.
func race[T any](producers, consumers, n, capacity int, create func(i int) T, add func(T) int) (float64, int) {
	values := make(chan T, capacity)
	gate, ends := make(chan struct{}), make(chan struct{})
	var total atomic.Int64
	for p := 0; p < producers; p++ {
		go func() {
			<-gate
			for i := 1; i <= n/producers; i++ {
				values <- create(i)
			}
		}()
	}
	for c := 0; c < consumers; c++ {
		go func() {
			<-gate
			sum := 0
			for i := 0; i < n/consumers; i++ {
				sum += add(<-values)
			}
			total.Add(int64(sum))
			ends <- struct{}{}
		}()
	}
	start := time.Now()
	close(gate)
	for c := 0; c < consumers; c++ {
		<-ends
	}
	return since(start), int(total.Load())
}

func newBatch(i int) []int {
	list := make([]int, batch)
	for k := range list {
		list[k] = (i-1)*batch + k + 1
	}
	return list
}

func sum(list []int) int {
	total := 0
	for _, value := range list {
		total += value
	}
	return total
}

func run(kind string, producers, consumers, n, bytes int) (float64, int) {
	switch kind {
	case "batch":
		return race(producers, consumers, n/batch, 1024, newBatch, sum)
	case "record":
		return race(producers, consumers, n, 1024,
			func(i int) *record { return &record{i, "abc", []int{1, 2, 3}} },
			func(r *record) int { return r.id })
	case "string":
		capacity := 1024
		if bytes > 65536 {
			capacity = 16
		}
		text := strings.Repeat("x", bytes)
		return race(producers, consumers, n, capacity,
			func(int) string { return strings.Clone(text) },
			func(s string) int { return len(s) })
	}
	return race(producers, consumers, n, 1024,
		func(i int) int { return i }, func(i int) int { return i })
}

// queue FORM KIND PRODUCERS CONSUMERS N BYTES
func queue(args []string) {
	kind, producers, consumers := args[1], number(args[2]), number(args[3])
	n, bytes := number(args[4]), number(args[5])
	run(kind, producers, consumers, n/8, bytes)
	seconds, total := run(kind, producers, consumers, n, bytes)
	each := n / producers
	expected := producers * (each * (each + 1) / 2)
	if kind == "string" {
		expected = n * bytes
	}
	check(total == expected, "values were lost")
	report("per_second", float64(n)/seconds)
}
