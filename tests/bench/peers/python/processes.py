"""Processes of multiprocessing: started, and sent values. A Connection of a
Pipe pickles as the queues do, but has no thread and no lock."""

import multiprocessing
import time

now = time.perf_counter


def send_back(end, value):
    end.send(value)


def started(context, n):
    kit = multiprocessing.get_context(context)
    start = now()
    for i in range(n):
        ours, theirs = kit.Pipe()
        process = kit.Process(target=send_back, args=(theirs, i))
        process.start()
        assert ours.recv() == i
        process.join()
        ours.close()
        theirs.close()
    return now() - start


class Wire:
    """Both ways between two processes, by a Pipe or two queues."""

    def __init__(self, form):
        if form == "pipe":
            ours, theirs = multiprocessing.Pipe()
            self.put, self.get = ours.send, ours.recv
            self.take, self.answer = theirs.recv, theirs.send
        else:
            kind = {"queue": multiprocessing.Queue, "simple": multiprocessing.SimpleQueue}[form]
            there, back = kind(), kind()
            self.put, self.get, self.take, self.answer = there.put, back.get, there.get, back.put


def echo(wire, n):
    for _ in range(n):
        wire.answer(wire.take())


def turns(form, n):
    wire = Wire(form)
    process = multiprocessing.get_context("fork").Process(target=echo, args=(wire, n + 1))
    process.start()
    wire.put(0)
    wire.get()
    start = now()
    for i in range(n):
        wire.put(i)
        assert wire.get() == i
    seconds = now() - start
    process.join()
    return seconds


def consume(wire, n):
    wire.answer(len(wire.take()))
    wire.answer(sum(len(wire.take()) for _ in range(n)))


def stream(form, n, size):
    wire, text = Wire(form), "x" * size
    process = multiprocessing.get_context("fork").Process(target=consume, args=(wire, n))
    process.start()
    wire.put(text)
    wire.get()
    start = now()
    for _ in range(n):
        wire.put(text)
    assert wire.get() == n * size
    seconds = now() - start
    process.join()
    return seconds


def measure(case, form, n, size):
    if case == "start":
        return started(form, n)
    return turns(form, n) if case == "turns" else stream(form, n, size)
