"""The two loads of the speed-up rows, and two workers' time against one's."""

import time


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def grow(depth):
    return (None, None) if depth == 0 else (grow(depth - 1), grow(depth - 1))


def count(tree):
    left, right = tree
    return 1 if left is None else 1 + count(left) + count(right)


def trees(depth):
    """The benchmarks game's binary-trees."""
    total = count(grow(depth + 1))
    lasting = grow(depth)
    for d in range(4, depth + 1, 2):
        for _ in range(1 << (depth - d + 4)):
            total += count(grow(d))
    return total + count(lasting)


LOADS = {"fib": fib, "trees": trees}


def run(maker, workers, name, argument):
    start = time.perf_counter()
    sides = [maker(target=LOADS[name], args=(argument,)) for _ in range(workers)]
    for side in sides:
        side.start()
    for side in sides:
        side.join()
    return time.perf_counter() - start


def timed(maker, name, argument):
    run(maker, 2, name, max(argument - 4, 4))
    return run(maker, 1, name, argument), run(maker, 2, name, argument)
