"""Traffic through Python's queues. `simple` is queue.SimpleQueue (written in
C), `queue`, `lifo` and `priority` are queue.Queue and those made of it; all
hand over references, nothing is copied. `process` is multiprocessing.Queue,
which pickles into a pipe."""

import multiprocessing
import queue
import threading
import time
from multiprocessing import shared_memory

BATCH = 128

now = time.perf_counter


def make(form, size=0):
    if form == "simple":
        return queue.SimpleQueue()
    if form == "process":
        return multiprocessing.Queue(16 if size > 65536 else 0)
    kinds = {"queue": queue.Queue, "lifo": queue.LifoQueue, "priority": queue.PriorityQueue}
    return kinds[form]()


def round_trips(form, n):
    if form == "shared":
        return shared_trips(n)
    there, back = make(form), make(form)

    def echo():
        for _ in range(n + 1):
            back.put(there.get())

    thread = threading.Thread(target=echo)
    thread.start()
    there.put(0)
    back.get()
    start = now()
    for i in range(n):
        there.put(i)
        assert back.get() == i
    seconds = now() - start
    thread.join()
    return seconds


def echo_shared(there, back, n):
    for i in range(n):
        block = shared_memory.SharedMemory(there.get())
        block.buf[-1] = i & 255
        back.put(block.name)
        block.close()


def shared_trips(n):
    """The name of a shared memory of 1 MB goes to a process and comes back."""
    block = shared_memory.SharedMemory(create=True, size=1048576)
    there, back = multiprocessing.SimpleQueue(), multiprocessing.SimpleQueue()
    process = multiprocessing.Process(target=echo_shared, args=(there, back, n + 1))
    process.start()
    there.put(block.name)
    back.get()
    start = now()
    for i in range(1, n + 1):
        there.put(block.name)
        assert back.get() == block.name and block.buf[-1] == i & 255
    seconds = now() - start
    process.join()
    block.close()
    block.unlink()
    return seconds


def produce_int(q, n, _size):
    put = q.put
    for i in range(1, n + 1):
        put(i)


def consume_int(q, n):
    get = q.get
    total = 0
    for _ in range(n):
        total += get()
    return total


def produce_batch(q, n, _size):
    put = q.put
    for i in range(1, n + 1, BATCH):
        put(list(range(i, i + BATCH)))


def consume_batch(q, n):
    get = q.get
    total = 0
    for _ in range(n // BATCH):
        total += sum(get())
    return total


def produce_record(q, n, _size):
    put = q.put
    for i in range(1, n + 1):
        put({"id": i, "name": "abc", "values": [1, 2, 3]})


def consume_record(q, n):
    get = q.get
    total = 0
    for _ in range(n):
        total += get()["id"]
    return total


def produce_job(q, n, _size):
    put = q.put
    for i in range(1, n + 1):
        put((i % 8, i))


def consume_job(q, n):
    get = q.get
    total = 0
    for _ in range(n):
        total += get()[1]
    return total


def produce_string(q, n, size):
    put = q.put
    text = "x" * size
    for _ in range(n):
        put(text)


def consume_string(q, n):
    get = q.get
    for _ in range(n):
        get()


class Race:
    """Producers against consumers, all started by one gate."""

    def __init__(self, form, kind, producers, consumers, size):
        self.form, self.kind, self.size = form, kind, size
        self.producers, self.consumers = producers, consumers
        self.produce = globals()["produce_" + kind]
        self.consume = globals()["consume_" + kind]

    def run(self, n):
        processes = self.form == "process"
        kit = multiprocessing if processes else threading
        maker = multiprocessing.Process if processes else threading.Thread
        q = make(self.form, self.size)
        gate = kit.Barrier(self.producers + self.consumers + 1)
        totals = (multiprocessing.SimpleQueue if processes else queue.SimpleQueue)()

        def producer():
            gate.wait()
            self.produce(q, n // self.producers, self.size)

        def consumer():
            gate.wait()
            totals.put(self.consume(q, n // self.consumers))

        sides = [maker(target=producer) for _ in range(self.producers)]
        sides += [maker(target=consumer) for _ in range(self.consumers)]
        for side in sides:
            side.start()
        gate.wait()
        start = now()
        # The totals come before the joins: a consumer's last act is its put.
        received = [totals.get() for _ in range(self.consumers)]
        seconds = now() - start
        for side in sides:
            side.join()
        self.check(received, n)
        return seconds

    def check(self, received, n):
        each = n // self.producers
        if self.kind != "string":
            assert sum(received) == self.producers * each * (each + 1) // 2
