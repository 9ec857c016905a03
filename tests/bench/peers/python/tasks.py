"""Tasks of asyncio: turns between two, and many that sleep."""

import asyncio
import time

now = time.perf_counter


async def ping(there, back, count):
    for i in range(count):
        await there.put(i)
        assert await back.get() == i


async def pong(there, back, count):
    for _ in range(count):
        await back.put(await there.get())


async def take_turns(count):
    for _ in range(count):
        await asyncio.sleep(0)


def two(form, count):
    if form == "yield":
        return take_turns(count), take_turns(count)
    there, back = asyncio.Queue(), asyncio.Queue()
    return ping(there, back, count), pong(there, back, count)


def switches(form, n):
    async def main():
        start = now()
        await asyncio.gather(*two(form, n // 2))
        return now() - start

    return asyncio.run(main())


async def nap(i):
    await asyncio.sleep(1)
    return i


def sleepers(n):
    async def main():
        start = now()
        tasks = [asyncio.create_task(nap(i)) for i in range(n)]
        for i, task in enumerate(tasks):
            assert await task == i
        return now() - start

    return asyncio.run(main())
