"""The bytes of a shared_memory, of which each process reads its part one by one."""

import multiprocessing
import time
from multiprocessing import shared_memory

now = time.perf_counter


def add_up(name, first, last, totals):
    block = shared_memory.SharedMemory(name)
    with block.buf[first:last] as part:
        total = 0
        for i in range(len(part)):
            total += part[i]
    totals.put(total)
    block.close()


def timed(processes, n):
    totals = multiprocessing.SimpleQueue()
    block = shared_memory.SharedMemory(create=True, size=n)
    block.buf[:n] = b"\2" * n
    start, sides = now(), []
    for i in range(processes):
        part = (i * n // processes, (i + 1) * n // processes)
        sides.append(multiprocessing.Process(target=add_up, args=(block.name, *part, totals)))
        sides[-1].start()
    assert sum(totals.get() for _ in sides) == 2 * n
    for side in sides:
        side.join()
    seconds = now() - start
    block.close()
    block.unlink()
    return seconds
