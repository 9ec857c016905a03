"""The Python peers: `bench.py CASE WORD...` measures one case and prints
`key value` lines in SI base units."""

import multiprocessing
import subprocess
import sys
import threading
import time

import actors
import arrays
import counters
import pools
import processes
import queues
import remotes
import servers
import tasks
import work

now = time.perf_counter


def report(key, value):
    print(key, "%.9g" % value)


def identity(value):
    return value


def spawn_and_join(n):
    start = now()
    for i in range(n):
        thread = threading.Thread(target=identity, args=(i,))
        thread.start()
        thread.join()
    return now() - start


def spawn(_form, n):
    n = int(n)
    spawn_and_join(n // 10)
    report("seconds_each", spawn_and_join(n) / n)


def resident_bytes():
    with open("/proc/self/smaps_rollup") as rollup:
        for line in rollup:
            if line.startswith("Rss:"):
                return int(line.split()[1]) * 1024


def live(_form, n):
    n = int(n)
    ready = threading.Semaphore(0)
    gate = threading.Event()

    def wait_at_gate():
        ready.release()
        gate.wait()

    before, start = resident_bytes(), now()
    threads = [threading.Thread(target=wait_at_gate) for _ in range(n)]
    for thread in threads:
        thread.start()
    for _ in range(n):
        ready.acquire()
    report("seconds", now() - start)
    report("bytes_each", (resident_bytes() - before) / n)
    gate.set()
    for thread in threads:
        thread.join()


def roundtrip(form, n):
    n = int(n)
    queues.round_trips(form, n // 10)
    report("seconds_each", queues.round_trips(form, n) / n)


def queue(form, kind, producers, consumers, n, size):
    race = queues.Race(form, kind, int(producers), int(consumers), int(size))
    race.run(int(n) // 8)
    report("per_second", int(n) / race.run(int(n)))


def cpu(form, name, argument):
    maker = multiprocessing.Process if form == "process" else threading.Thread
    one, two = work.timed(maker, name, int(argument))
    report("speedup", 2 * one / two)
    report("seconds", one)


def counter(form, threads, n):
    report("per_second", counters.rate(form, int(threads), int(n)))


def array(_form, n):
    n = int(n)
    arrays.timed(2, n // 8)
    one, two = arrays.timed(1, n), arrays.timed(2, n)
    report("speedup", one / two)
    report("per_second", n / two)


def map_values(form, choice, task, workers, n, rounds, size):
    report("per_second", pools.map_rate(form, choice, task, int(workers), int(n), int(rounds),
                                        int(size)))


def submit(form, workers, n, rounds):
    report("per_second", pools.submit_rate(form, int(workers), int(n), int(rounds)))


def turns(form, workers, n):
    report("per_second", pools.turn_rate(form, int(workers), int(n)))


def skewed(form, choice, workers, task):
    chunk = 1 if choice == "one" else None
    report("over_ideal", pools.over_ideal(form, chunk, int(workers), int(task)))


def scaling(form, task, n):
    for key, workers in ("one", 1), ("two", 2), ("four", 4), ("eight", 8):
        report("speedup_" + key, pools.speedup(form, workers, int(task), int(n)))


def pending(form, n):
    report("bytes_each", pools.bytes_pending(form, int(n), resident_bytes))


def run_all(n):
    start = now()
    for _ in range(n):
        assert subprocess.call(["/bin/true"]) == 0
    return now() - start


def run_true(form, n):
    block = bytearray(b"x") * (1 << 30) if form == "touched" else None
    run_all(int(n) // 10)
    report("per_second", int(n) / run_all(int(n)))
    assert not block or len(block) == 1 << 30


def captured(n):
    start = now()
    text = subprocess.check_output(["head", "-c", str(n), "/dev/zero"])
    assert len(text) == n
    return now() - start


def capture(_form, n):
    captured(int(n) // 10)
    report("per_second", int(n) / captured(int(n)))


def process(case, form, n, size):
    n, size = int(n), int(size)
    processes.measure(case, form, n // 10, size)
    seconds = processes.measure(case, form, n, size)
    report("seconds_each", seconds / n)
    report("per_second", n / seconds)


def remote(case, n):
    seconds = remotes.measure(case, int(n))
    report("seconds_each", seconds / int(n))
    report("per_second", int(n) / seconds)


def answer(value=None):
    while True:
        value = yield value


def delegate(generator):
    return (yield from generator)


def numbers(last):
    for i in range(1, last + 1):
        yield i


def generate(form, n):
    if form == "loop":
        start = time.process_time()
        total = 0
        for i in numbers(n):
            total += i
        assert total == n * (n + 1) // 2
        return time.process_time() - start
    generator = answer() if form == "send" else delegate(answer())
    next(generator)
    send = generator.send
    start = time.process_time()
    for i in range(n):
        assert send(i) == i
    return time.process_time() - start


def generator(form, n):
    generate(form, int(n) // 10)
    report("seconds_each", generate(form, int(n)) / int(n))


def switch(form, n):
    tasks.switches(form, int(n) // 10)
    report("seconds_each", tasks.switches(form, int(n)) / int(n))


def peak_bytes():
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024


def sleepers(_form, n):
    report("seconds", tasks.sleepers(int(n)))
    report("bytes_peak", peak_bytes())


def actor(_form, kind, n):
    actors.messages(kind, int(n) // 8)
    report("per_second", int(n) / actors.messages(kind, int(n)))


def actor_ring(_form, count, hops):
    actors.ring(int(count), int(hops) // 10)
    report("seconds_each", actors.ring(int(count), int(hops)) / int(hops))


def actor_ask(_form, n):
    actors.questions(int(n) // 10)
    report("seconds_each", actors.questions(int(n)) / int(n))


def timers(_form, n):
    late, busy = actors.timers(int(n))
    report("seconds_busy", busy)
    report("seconds_median", late[len(late) // 2])
    report("seconds_far", late[len(late) * 99 // 100])


CASES = {"spawn": spawn, "live": live, "roundtrip": roundtrip, "queue": queue, "cpu": cpu,
         "counter": counter, "array": array, "map": map_values, "submit": submit,
         "turns": turns, "skewed": skewed, "scaling": scaling, "pending": pending,
         "run_true": run_true, "capture": capture, "process": process, "generator": generator,
         "switch": switch, "sleepers": sleepers, "actor": actor, "actor_ring": actor_ring,
         "actor_ask": actor_ask, "timers": timers,
         "http": servers.http, "remote": remote}

if __name__ == "__main__":
    CASES[sys.argv[1]](*sys.argv[2:])
