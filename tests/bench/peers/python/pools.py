"""The four pools of Python's library under one set of verbs. `threads` and
`processes` are concurrent.futures' executors, `threadpool` and `pool` are
multiprocessing's; those of threads hand over references."""

import concurrent.futures
import gc
import multiprocessing
import multiprocessing.pool
import threading
import time

MAKERS = {
    "threads": concurrent.futures.ThreadPoolExecutor,
    "processes": concurrent.futures.ProcessPoolExecutor,
    "threadpool": multiprocessing.pool.ThreadPool,
    "pool": multiprocessing.Pool,
}
EXECUTORS = ("threads", "processes")

now = time.perf_counter


def square(x):
    return x * x


def echo(text):
    return text


def spin(count):
    """Work that every language does alike: `count` steps of integers."""
    s = 0
    for i in range(1, count + 1):
        s = (s * 31 + i) % 65521
    return s


def start(form, workers):
    return MAKERS[form](workers)


def mapped(form, pool, f, values, chunk):
    """The list of results; a chunk of None is left to the library."""
    if form in EXECUTORS:
        return list(pool.map(f, values, chunksize=chunk or 1))
    return pool.map(f, values, chunk)


def submitted(form, pool, f, value):
    return pool.submit(f, value) if form in EXECUTORS else pool.apply_async(f, (value,))


def result(form, future):
    return future.result() if form in EXECUTORS else future.get()


def inputs(task, n, size):
    """Strings are all different: pickle sends one that it has seen only once."""
    if task == "echo":
        return [str(i).rjust(size, "x") for i in range(n)]
    return list(range(1, n + 1))


def timed_map(form, pool, task, values, chunk):
    begin = now()
    results = mapped(form, pool, task, values, chunk)
    seconds = now() - begin
    assert results == (values if task is echo else [v * v for v in values])
    return seconds


def map_rate(form, choice, task, workers, n, rounds, size):
    """Values per second. `best` takes the chunk that is fastest among some."""
    f, values = globals()[task], inputs(task, n, size)
    with start(form, workers) as pool:
        chunk = None
        if choice == "default":
            timed_map(form, pool, f, values[:n // 8], chunk)
        else:
            sizes = {max(1, n // workers // share) for share in (1, 4, 16, 64)}
            chunk = min(sizes, key=lambda size: timed_map(form, pool, f, values, size))
        return n * rounds / sum(timed_map(form, pool, f, values, chunk) for _ in range(rounds))


def timed_submits(form, pool, n):
    begin = now()
    futures = [submitted(form, pool, square, i) for i in range(n)]
    results = [result(form, future) for future in futures]
    seconds = now() - begin
    assert results == [i * i for i in range(n)]
    return seconds


def submit_rate(form, workers, n, rounds):
    with start(form, workers) as pool:
        timed_submits(form, pool, n // 8)
        return n * rounds / sum(timed_submits(form, pool, n) for _ in range(rounds))


def timed_turns(form, pool, n):
    begin = now()
    for i in range(n):
        assert result(form, submitted(form, pool, square, i)) == i * i
    return now() - begin


def turn_rate(form, workers, n):
    with start(form, workers) as pool:
        timed_turns(form, pool, n // 8)
        return n / timed_turns(form, pool, n)


def timed_spins(counts, mapping):
    begin = now()
    results = mapping(counts)
    return now() - begin, results


def over_ideal(form, chunk, workers, work):
    """The first task is as long as all that one worker does in the ideal case."""
    counts = [1000 * work] + [work] * (1000 * (workers - 1))
    with start(form, workers) as pool:
        mapped(form, pool, spin, [work] * 64, None)
        alone, expected = timed_spins(counts, lambda list: [spin(count) for count in list])
        seconds, results = timed_spins(
            counts, lambda list: mapped(form, pool, spin, list, chunk))
    assert results == expected
    return seconds / (alone / workers)


def speedup(form, workers, work, n):
    """To a plain loop without a pool."""
    counts = [work] * n
    with start(form, workers) as pool:
        mapped(form, pool, spin, counts[:n // 8], None)
        alone, expected = timed_spins(counts, lambda list: [spin(count) for count in list])
        chunk = max(1, n // workers // 4)
        seconds, results = timed_spins(
            counts, lambda list: mapped(form, pool, spin, list, chunk))
    assert results == expected
    return alone / seconds


gate = None


def set_gate(event):
    global gate
    gate = event


def wait_at_gate(_):
    gate.wait()


def bytes_pending(form, n, resident_bytes):
    """What each future adds whose task waits behind those that hold the workers."""
    event = threading.Event() if "thread" in form else multiprocessing.Event()
    with MAKERS[form](2, initializer=set_gate, initargs=(event,)) as pool:
        timed_submits(form, pool, 1024)
        held = [submitted(form, pool, wait_at_gate, 0) for _ in range(2)]
        gc.collect()
        before = resident_bytes()
        futures = [submitted(form, pool, square, i) for i in range(n)]
        gc.collect()
        each = (resident_bytes() - before) / n
        event.set()
        for future in held:
            result(form, future)
        assert all(result(form, future) == i * i for i, future in enumerate(futures))
    return each
