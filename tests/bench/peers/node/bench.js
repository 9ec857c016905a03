// The Node peers: `node bench.js CASE WORD...` measures one case of
// worker_threads and prints `key value` lines in SI base units.
'use strict';
const { Worker } = require('node:worker_threads');
const { once } = require('node:events');
const path = require('node:path');
const pools = require('./pools.js');
const promises = require('./promises.js');
const server = require('./server.js');

const BATCH = 128;
const side = path.join(__dirname, 'side.js');
const now = () => performance.now() / 1000;
const report = (key, value) => console.log(key, value.toPrecision(9));

async function start(job) {
  const worker = new Worker(side, { workerData: job });
  await once(worker, 'message'); // its first message says that it is up
  return worker;
}

async function spawnAndJoin(n) {
  const begin = now();
  for (let i = 0; i < n; i++) {
    const worker = new Worker(side, { workerData: { job: 'identity' } });
    await once(worker, 'exit');
  }
  return now() - begin;
}

async function spawn(form, n) {
  await spawnAndJoin(Math.ceil(n / 10));
  report('seconds_each', (await spawnAndJoin(+n)) / n);
}

function roundTrips(worker, n) {
  return new Promise((resolve) => {
    let sent = 1;
    const begin = now();
    worker.removeAllListeners('message');
    worker.on('message', () => {
      if (sent < n) worker.postMessage(++sent);
      else resolve(now() - begin);
    });
    worker.postMessage(sent);
  });
}

async function roundtrip(form, n) {
  const worker = await start({ job: 'echo' });
  await roundTrips(worker, n / 10);
  report('seconds_each', (await roundTrips(worker, +n)) / n);
  await worker.terminate();
}

function expect(kind, n) {
  return kind === 'string' ? n : (n * (n + 1)) / 2;
}

// A port belongs to one thread at each end, so only one producer and one
// consumer can be measured: the worker produces, this thread consumes.
function race(worker, kind, n) {
  const add = {
    int: (value) => value,
    record: (value) => value.id,
    batch: (list) => list.reduce((a, b) => a + b, 0),
    string: () => 1,
  }[kind];
  return new Promise((resolve, reject) => {
    let left = kind === 'batch' ? n / BATCH : n;
    let total = 0;
    const begin = now();
    worker.removeAllListeners('message');
    worker.on('message', (value) => {
      total += add(value);
      if (--left > 0) return;
      if (total === expect(kind, n)) resolve(now() - begin);
      else reject(new Error('values were lost'));
    });
    worker.postMessage(n);
  });
}

async function queue(form, kind, producers, consumers, n, bytes) {
  const worker = await start({ job: 'produce', kind, bytes: +bytes });
  await race(worker, kind, n / 8);
  report('per_second', n / (await race(worker, kind, +n)));
  await worker.terminate();
}

async function timed(workers, argument) {
  const begin = now();
  await Promise.all(workers.map((worker) => {
    worker.postMessage(argument);
    return once(worker, 'message');
  }));
  return now() - begin;
}

async function cpu(form, load, argument) {
  const job = { job: 'load', load };
  const workers = [await start(job), await start(job)];
  await timed(workers, argument - 2);
  const one = await timed(workers.slice(1), +argument);
  const two = await timed(workers, +argument);
  report('speedup', (2 * one) / two);
  report('seconds', one);
  for (const worker of workers) await worker.terminate();
}

async function map(form, task, workers, n, rounds, bytes) {
  report('per_second', await pools.mapRate(form, task, +workers, +n, +rounds, +bytes));
}

async function submit(form, workers, n, rounds) {
  report('per_second', await pools.submitRate(form, +workers, +n, +rounds));
}

async function turns(form, workers, n) {
  report('per_second', await pools.turnRate(+workers, +n));
}

async function skewed(form, workers, work) {
  report('over_ideal', await pools.overIdeal(+workers, +work));
}

async function scaling(form, work, n) {
  for (const [key, workers] of [['one', 1], ['two', 2], ['four', 4], ['eight', 8]]) {
    report('speedup_' + key, await pools.speedup(workers, +work, +n));
  }
}

// Garbage is collected before resident memory is read.
async function pending(form, n) {
  require('node:v8').setFlagsFromString('--expose-gc');
  global.gc = require('node:vm').runInNewContext('gc');
  report('bytes_each', await pools.bytesPending(+n));
}

async function switchCase(form, n) {
  await promises.switches(form, n / 10);
  report('seconds_each', (await promises.switches(form, +n)) / n);
}

function peakBytes() {
  const status = require('node:fs').readFileSync('/proc/self/status', 'utf8');
  return +/VmHWM:\s+(\d+)/.exec(status)[1] * 1024;
}

async function sleepers(form, n) {
  report('seconds', await promises.sleepers(+n));
  report('bytes_peak', peakBytes());
}

async function timers(form, n) {
  const { busy, late } = await promises.timers(+n);
  report('seconds_busy', busy);
  report('seconds_median', late[Math.floor(n / 2)]);
  report('seconds_far', late[Math.floor(n * 99 / 100)]);
}

const [name, ...words] = process.argv.slice(2);
const cases = {
  spawn, roundtrip, queue, cpu, map, submit, turns, skewed, scaling, pending,
  switch: switchCase, sleepers, timers, http: server.http,
};
cases[name](...words);
