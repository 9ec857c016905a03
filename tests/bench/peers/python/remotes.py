"""Queues of a manager that other processes reach by TCP, as moons.remote's are
reached over NATS; but nothing is stored or acknowledged."""

import multiprocessing
import queue
import time
from multiprocessing.managers import BaseManager

now = time.perf_counter
KEY = b"key of the benchmark"
there, back = queue.Queue(), queue.Queue()


class Manager(BaseManager):
    pass


def tasks():
    return there


def results():
    return back


def connect(address):
    Manager.register("tasks")
    Manager.register("results")
    manager = Manager(address=address, authkey=KEY)
    manager.connect()
    return manager.tasks(), manager.results()


def work(address):
    multiprocessing.current_process().authkey = KEY
    take, give = connect(address)
    while True:
        value = take.get()
        if value is None:
            return
        give.put(value * value)


def measure(case, n):
    Manager.register("tasks", callable=tasks)
    Manager.register("results", callable=results)
    manager = Manager(address=("127.0.0.1", 0), authkey=KEY)
    manager.start()
    give, take = manager.tasks(), manager.results()
    kit = multiprocessing.get_context("fork")
    count = 1 if case == "turns" else 2
    workers = [kit.Process(target=work, args=(manager.address,)) for _ in range(count)]
    for worker in workers:
        worker.start()
    give.put(1)
    take.get()
    start = now()
    if case == "turns":
        for i in range(n):
            give.put(i)
            take.get()
    else:
        for i in range(n):
            give.put(i)
        for _ in range(n):
            take.get()
    seconds = now() - start
    for _ in workers:
        give.put(None)
    for worker in workers:
        worker.join()
    manager.shutdown()
    return seconds
