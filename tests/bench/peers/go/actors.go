package main

import (
	"math/rand"
	"runtime"
	"runtime/debug"
	"sort"
	"sync"
	"syscall"
	"time"
)

// An actor is a goroutine with a channel of its own.
const places = 1024

type fields struct {
	id     int
	name   string
	values []int
}

func sendInts(n int) float64 {
	mailbox, sum := make(chan int, places), make(chan int)
	start := time.Now()
	go func() {
		total := 0
		for value := range mailbox {
			total += value
		}
		sum <- total
	}()
	for i := 1; i <= n; i++ {
		mailbox <- i
	}
	close(mailbox)
	check(<-sum == n*(n+1)/2, "messages were lost")
	return since(start)
}

func sendRecords(n int) float64 {
	mailbox, sum := make(chan *fields, places), make(chan int)
	start := time.Now()
	go func() {
		total := 0
		for value := range mailbox {
			total += value.id
		}
		sum <- total
	}()
	for i := 1; i <= n; i++ {
		mailbox <- &fields{i, "abc", []int{1, 2, 3}}
	}
	close(mailbox)
	check(<-sum == n*(n+1)/2, "messages were lost")
	return since(start)
}

// actor FORM int|record N: on one OS thread.
func actorCase(args []string) {
	n, send := number(args[2]), sendInts
	if args[1] == "record" {
		send = sendRecords
	}
	runtime.GOMAXPROCS(1)
	send(n / 8)
	report("per_second", float64(n)/send(n))
}

// actor_ring FORM ACTORS HOPS: on one OS thread.
func actorRing(args []string) {
	count, hops := number(args[1]), number(args[2])
	runtime.GOMAXPROCS(1)
	finished, mailboxes := make(chan bool), make([]chan int, count)
	for i := range mailboxes {
		mailboxes[i] = make(chan int, 1)
	}
	for i := range mailboxes {
		go func(own, next chan int) {
			for left := range own {
				if left == 0 {
					finished <- true
				} else {
					next <- left - 1
				}
			}
		}(mailboxes[i], mailboxes[(i+1)%count])
	}
	run := func(n int) float64 {
		start := time.Now()
		mailboxes[0] <- n
		<-finished
		return since(start)
	}
	run(hops / 10)
	report("seconds_each", run(hops)/float64(hops))
}

type question struct {
	value  int
	answer chan int
}

func askAll(mailbox chan question, n int) float64 {
	start := time.Now()
	for i := 0; i < n; i++ {
		answer := make(chan int, 1)
		mailbox <- question{i, answer}
		check(<-answer == i+1, "wrong answer")
	}
	return since(start)
}

// actor_ask task|thread N: on one OS thread, or on all processors.
func actorAsk(args []string) {
	n := number(args[1])
	if args[0] == "task" {
		runtime.GOMAXPROCS(1)
	}
	mailbox := make(chan question, places)
	go func() {
		for one := range mailbox {
			one.answer <- one.value + 1
		}
	}()
	askAll(mailbox, n/10)
	report("seconds_each", askAll(mailbox, n)/float64(n))
}

// How long there is to start all timers before the first is due.
const lead = 3 * time.Second

func busySeconds() float64 {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage) == nil, "getrusage failed")
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) * 1e-9
}

// timers FORM N: on one OS thread, with the collector as it is by default.
func timers(args []string) {
	n := number(args[1])
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(100)
	var done sync.WaitGroup
	late := make([]float64, n)
	busy, begin := busySeconds(), time.Now().Add(lead)
	done.Add(n)
	for i := range late {
		due := begin.Add(time.Duration(rand.Float64() * float64(time.Second)))
		go func(i int) {
			time.Sleep(time.Until(due))
			late[i] = since(due)
			done.Done()
		}(i)
	}
	done.Wait()
	report("seconds_busy", busySeconds()-busy)
	sort.Float64s(late)
	report("seconds_median", late[n/2])
	report("seconds_far", late[n*99/100])
}
