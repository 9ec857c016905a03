"""Actors of asyncio, which are tasks that take from a queue of their own; timers."""

import asyncio
import random
import time

now = time.perf_counter
PLACES = 1024
LEAD = 3  # seconds, to start all timers before the first is due


async def add_up(mailbox, kind, count):
    total = 0
    for _ in range(count):
        message = await mailbox.get()
        total += message if kind == "int" else message["id"]
    return total


async def send_all(mailbox, kind, count):
    for i in range(1, count + 1):
        await mailbox.put(i if kind == "int" else {"id": i, "name": "abc", "values": [1, 2, 3]})


def messages(kind, n):
    async def main():
        mailbox = asyncio.Queue(PLACES)
        start = now()
        _, total = await asyncio.gather(
            send_all(mailbox, kind, n), add_up(mailbox, kind, n))
        assert total == n * (n + 1) // 2
        return now() - start

    return asyncio.run(main())


async def pass_on(own, other, finished):
    while True:
        left = await own.get()
        if left == 0:
            finished.set_result(True)
            return
        other.put_nowait(left - 1)


def ring(count, hops):
    async def main():
        mailboxes = [asyncio.Queue() for _ in range(count)]
        finished = asyncio.get_running_loop().create_future()
        actors = [asyncio.create_task(
            pass_on(mailboxes[i], mailboxes[(i + 1) % count], finished)) for i in range(count)]
        start = now()
        mailboxes[0].put_nowait(hops)
        await finished
        seconds = now() - start
        for actor in actors:
            actor.cancel()
        return seconds

    return asyncio.run(main())


async def answer(mailbox):
    while True:
        value, future = await mailbox.get()
        future.set_result(value + 1)


def questions(n):
    async def main():
        mailbox = asyncio.Queue()
        actor = asyncio.create_task(answer(mailbox))
        loop = asyncio.get_running_loop()
        start = now()
        for i in range(n):
            future = loop.create_future()
            mailbox.put_nowait((i, future))
            assert await future == i + 1
        seconds = now() - start
        actor.cancel()
        return seconds

    return asyncio.run(main())


async def nap(due, late):
    await asyncio.sleep(due - now())
    late.append(now() - due)


def timers(n):
    """How late each was, in order, and the processor time of all."""
    async def main():
        late, begin, busy = [], now() + LEAD, time.process_time()
        tasks = [asyncio.create_task(nap(begin + random.random(), late)) for _ in range(n)]
        await asyncio.gather(*tasks)
        busy = time.process_time() - busy
        return sorted(late), busy

    return asyncio.run(main())
