// A pool of workers over postMessage. Functions don't travel, so a worker
// knows its task by name. It answers in the order it is asked, so that no
// message needs a number: what waits for a worker is a queue on this side.
'use strict';
const { Worker } = require('node:worker_threads');
const { once } = require('node:events');
const path = require('node:path');
const tasks = require('./tasks.js');

const side = path.join(__dirname, 'side.js');
const now = () => performance.now() / 1000;

class Pool {
  constructor(gate) {
    this.sides = [];
    this.turn = 0;
    this.collected = [];
    this.gate = gate;
  }

  async start(workers, task) {
    for (let i = 0; i < workers; i++) {
      const job = { job: 'task', task, gate: this.gate };
      const one = { worker: new Worker(side, { workerData: job }), waiting: [], answered: 0 };
      await once(one.worker, 'message'); // its first message says that it is up
      one.worker.on('message', (answer) => this.answer(one, answer));
      this.sides.push(one);
    }
    return this;
  }

  async stop() {
    for (const { worker } of this.sides) await worker.terminate();
  }

  answer(one, answer) {
    const done = one.waiting[one.answered++];
    if (one.answered === one.waiting.length) {
      one.waiting.length = 0;
      one.answered = 0;
    }
    done(answer, one);
  }

  post(one, message, done) {
    one.waiting.push(done);
    one.worker.postMessage(message);
  }

  // One message a task, to each worker in turn.
  submit(value) {
    const one = this.sides[this.turn++ % this.sides.length];
    return new Promise((resolve) => this.post(one, value, resolve));
  }

  // The tasks of one turn of the event loop go together, a message a worker.
  submitTogether(value) {
    if (this.collected.length === 0) queueMicrotask(() => this.postCollected());
    return new Promise((resolve) => this.collected.push({ value, resolve }));
  }

  postCollected() {
    const share = Math.ceil(this.collected.length / this.sides.length);
    for (let i = 0; i * share < this.collected.length; i++) {
      const part = this.collected.slice(i * share, (i + 1) * share);
      this.post(this.sides[i], part.map((one) => one.value), (results) => {
        for (let k = 0; k < part.length; k++) part[k].resolve(results[k]);
      });
    }
    this.collected = [];
  }

  // A worker gets its next chunk when it has done one; a second one waits
  // with it already, so that it is never idle.
  map(values, chunk) {
    return new Promise((resolve) => {
      const results = new Array(values.length);
      let next = 0;
      let left = values.length;
      const give = (one) => {
        const first = next;
        if (first >= values.length) return;
        next += chunk;
        this.post(one, values.slice(first, next), (list) => {
          for (let i = 0; i < list.length; i++) results[first + i] = list[i];
          left -= list.length;
          if (left === 0) resolve(results);
          else give(one);
        });
      };
      for (let i = 0; i < 2; i++) this.sides.forEach(give);
    });
  }
}

const start = (workers, task, gate) => new Pool(gate).start(workers, task);

function check(results, expected) {
  for (let i = 0; i < expected.length; i++) {
    if (results[i] !== expected[i]) throw new Error('wrong result');
  }
}

function inputs(task, n, bytes) {
  return Array.from({ length: n }, (_, i) =>
    (task === 'echo' ? String(i).padStart(bytes, 'x') : i + 1));
}

async function timedMap(form, pool, values, expected, chunk) {
  const begin = now();
  const results = await (form === 'single'
    ? Promise.all(values.map((value) => pool.submit(value))) : pool.map(values, chunk));
  const seconds = now() - begin;
  check(results, expected);
  return seconds;
}

// Values per second. Batches are of the size that is fastest among some.
async function mapRate(form, task, workers, n, rounds, bytes) {
  const values = inputs(task, n, bytes);
  const expected = values.map(tasks[task]);
  const pool = await start(workers, task);
  let chunk = 1;
  let least = Infinity;
  await timedMap(form, pool, values, expected, Math.ceil(n / workers / 4));
  for (const share of form === 'single' ? [] : [1, 4, 16, 64]) {
    const size = Math.max(1, Math.floor(n / workers / share));
    const seconds = await timedMap(form, pool, values, expected, size);
    if (seconds < least) [least, chunk] = [seconds, size];
  }
  let seconds = 0;
  for (let i = 0; i < rounds; i++) seconds += await timedMap(form, pool, values, expected, chunk);
  await pool.stop();
  return (n * rounds) / seconds;
}

async function timedSubmits(form, pool, values, expected) {
  const begin = now();
  const futures = values.map((value) =>
    (form === 'together' ? pool.submitTogether(value) : pool.submit(value)));
  const results = await Promise.all(futures);
  const seconds = now() - begin;
  check(results, expected);
  return seconds;
}

async function submitRate(form, workers, n, rounds) {
  const values = inputs('square', n);
  const expected = values.map(tasks.square);
  const pool = await start(workers, 'square');
  await timedSubmits(form, pool, values, expected);
  let seconds = 0;
  for (let i = 0; i < rounds; i++) seconds += await timedSubmits(form, pool, values, expected);
  await pool.stop();
  return (n * rounds) / seconds;
}

async function timedTurns(pool, n) {
  const begin = now();
  for (let i = 0; i < n; i++) {
    if ((await pool.submit(i)) !== i * i) throw new Error('wrong result');
  }
  return now() - begin;
}

async function turnRate(workers, n) {
  const pool = await start(workers, 'square');
  await timedTurns(pool, n / 8);
  const seconds = await timedTurns(pool, n);
  await pool.stop();
  return n / seconds;
}

function timedAlone(counts) {
  const begin = now();
  const results = counts.map(tasks.spin);
  return { seconds: now() - begin, results };
}

// The first task is as long as all that one worker does in the ideal case.
async function overIdeal(workers, work) {
  const counts = [1000 * work, ...new Array(1000 * (workers - 1)).fill(work)];
  const pool = await start(workers, 'spin');
  const few = new Array(1024).fill(work);
  await timedMap('batched', pool, few, timedAlone(few).results, 16); // compiles it on all sides
  const alone = timedAlone(counts);
  const seconds = await timedMap('batched', pool, counts, alone.results, 1);
  await pool.stop();
  return seconds / (alone.seconds / workers);
}

// To a plain loop without a pool.
async function speedup(workers, work, n) {
  const counts = new Array(n).fill(work);
  const pool = await start(workers, 'spin');
  const chunk = Math.max(1, Math.floor(n / workers / 4));
  await timedMap('batched', pool, counts, timedAlone(counts).results, chunk);
  const alone = timedAlone(counts);
  const seconds = await timedMap('batched', pool, counts, alone.results, chunk);
  await pool.stop();
  return alone.seconds / seconds;
}

function residentBytes() {
  global.gc();
  return process.memoryUsage().rss;
}

// What each promise adds whose task waits for a worker that is held.
async function bytesPending(n) {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const pool = await start(2, 'square', gate);
  const values = inputs('square', n);
  const few = values.slice(0, 1024);
  await timedSubmits('single', pool, few, few.map(tasks.square));
  const held = [pool.submit('hold'), pool.submit('hold')];
  const before = residentBytes();
  const futures = [];
  for (let i = 0; i < n; i++) futures.push(pool.submit(values[i]));
  const each = (residentBytes() - before) / n;
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  await Promise.all(held);
  check(await Promise.all(futures), values.map(tasks.square));
  await pool.stop();
  return each;
}

module.exports = { mapRate, submitRate, turnRate, overIdeal, speedup, bytesPending };
