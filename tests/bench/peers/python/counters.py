"""Threads that turn to one object together: a number under a lock of some kind,
or a barrier."""

import threading
import time

now = time.perf_counter


class Counter:
    """The number, and what is used by each form."""

    def __init__(self, threads):
        self.number = 0
        self.mutex = threading.Lock()
        self.recursive = threading.RLock()
        self.one_permit = threading.Semaphore(1)
        self.permits_for_all = threading.Semaphore(threads)
        self.meeting = threading.Barrier(threads)

    def lock(self, count):
        mutex = self.mutex
        for _ in range(count):
            with mutex:
                self.number += 1

    def rlock(self, count):
        recursive = self.recursive
        for _ in range(count):
            with recursive:
                with recursive:
                    self.number += 1

    def permit(self, count):
        permit = self.one_permit
        for _ in range(count):
            with permit:
                self.number += 1

    def permits(self, count):
        permits = self.permits_for_all
        for _ in range(count):
            permits.acquire()
            permits.release()

    def barrier(self, count):
        meeting = self.meeting
        for _ in range(count):
            if meeting.wait() == 0:
                self.number += 1


def expected(form, threads, each):
    if form == "permits":
        return 0
    return each if form == "barrier" else threads * each


def rate(form, threads, n):
    each = n // threads
    shared, ready = Counter(threads), threading.Event()

    def side():
        ready.wait()
        getattr(shared, form)(each)

    sides = [threading.Thread(target=side) for _ in range(threads)]
    for thread in sides:
        thread.start()
    start = now()
    ready.set()
    for thread in sides:
        thread.join()
    seconds = now() - start
    assert shared.number == expected(form, threads, each)
    return each * threads / seconds
