package main

import "time"

type node struct{ left, right *node }

func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

func grow(depth int) *node {
	if depth == 0 {
		return &node{}
	}
	return &node{grow(depth - 1), grow(depth - 1)}
}

func (t *node) count() int {
	if t.left == nil {
		return 1
	}
	return 1 + t.left.count() + t.right.count()
}

// The benchmarks game's binary-trees.
func trees(depth int) int {
	total := grow(depth + 1).count()
	lasting := grow(depth)
	for d := 4; d <= depth; d += 2 {
		for i := 1 << (depth - d + 4); i > 0; i-- {
			total += grow(d).count()
		}
	}
	return total + lasting.count()
}

func timed(workers int, load func(int) int, argument int) float64 {
	results := make(chan int)
	start := time.Now()
	for w := 0; w < workers; w++ {
		go func() { results <- load(argument) }()
	}
	for w := 0; w < workers; w++ {
		<-results
	}
	return since(start)
}

// cpu FORM fib|trees ARGUMENT
func cpu(args []string) {
	load, argument := fib, number(args[2])
	if args[1] == "trees" {
		load = trees
	}
	timed(2, load, argument-2)
	one, two := timed(1, load, argument), timed(2, load, argument)
	report("speedup", 2*one/two)
	report("seconds", one)
}
