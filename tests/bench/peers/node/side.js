// The worker's side of bench.js: does the job it was started for.
'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const tasks = require('./tasks.js');

const BATCH = 128;
const post = (value) => parentPort.postMessage(value);

const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));

function grow(depth) {
  return depth === 0 ? { left: null, right: null } : { left: grow(depth - 1), right: grow(depth - 1) };
}

function count(tree) {
  return tree.left === null ? 1 : 1 + count(tree.left) + count(tree.right);
}

// The benchmarks game's binary-trees.
function trees(depth) {
  let total = count(grow(depth + 1));
  const lasting = grow(depth);
  for (let d = 4; d <= depth; d += 2) {
    for (let i = 1 << (depth - d + 4); i > 0; i--) total += count(grow(d));
  }
  return total + count(lasting);
}

const produce = {
  int(n) {
    for (let i = 1; i <= n; i++) post(i);
  },
  batch(n) {
    for (let i = 1; i <= n; i += BATCH) post(Array.from({ length: BATCH }, (_, k) => i + k));
  },
  record(n) {
    for (let i = 1; i <= n; i++) post({ id: i, name: 'abc', values: [1, 2, 3] });
  },
  string(n) {
    const text = 'x'.repeat(workerData.bytes);
    for (let i = 0; i < n; i++) post(text);
  },
};

// A list is a batch of tasks; 'hold' keeps the worker until the gate opens.
function task(message) {
  const f = tasks[workerData.task];
  if (Array.isArray(message)) return post(message.map(f));
  if (message === 'hold') Atomics.wait(workerData.gate, 0, 0);
  return post(f(message));
}

const jobs = {
  task,
  echo: (value) => post(value),
  produce: (n) => produce[workerData.kind](n),
  load: (argument) => post({ fib, trees }[workerData.load](argument)),
};

if (workerData.job === 'identity') {
  post(1);
} else {
  parentPort.on('message', jobs[workerData.job]);
  post('up');
}
