// Async functions of one thread: turns between two, and many that sleep.
'use strict';
const { setTimeout: sleep, setImmediate: yieldToAll } = require('node:timers/promises');

const now = () => performance.now() / 1000;

function check(ok, what) {
  if (!ok) throw new Error(what);
}

// The least that can be waited at: one value, one who waits.
class Place {
  put(value) {
    if (this.resolve) {
      const resolve = this.resolve;
      this.resolve = undefined;
      resolve(value);
    } else {
      this.value = value;
    }
  }

  get() {
    const value = this.value;
    this.value = undefined;
    if (value !== undefined) return value;
    return new Promise((resolve) => { this.resolve = resolve; });
  }
}

async function ping(there, back, count) {
  for (let i = 1; i <= count; i++) {
    there.put(i);
    check(await back.get() === i, 'wrong value came back');
  }
}

async function pong(there, back, count) {
  for (let i = 1; i <= count; i++) back.put(await there.get());
}

async function resolved(count) {
  for (let i = 0; i < count; i++) await undefined;
}

async function immediate(count) {
  for (let i = 0; i < count; i++) await yieldToAll();
}

function two(form, count) {
  if (form === 'resolved') return [resolved(count), resolved(count)];
  if (form === 'immediate') return [immediate(count), immediate(count)];
  const there = new Place();
  const back = new Place();
  return [ping(there, back, count), pong(there, back, count)];
}

async function switches(form, n) {
  const begin = now();
  await Promise.all(two(form, n / 2));
  return now() - begin;
}

async function nap(i) {
  await sleep(1000);
  return i;
}

async function sleepers(n) {
  const begin = now();
  const tasks = [];
  for (let i = 0; i < n; i++) tasks.push(nap(i));
  for (let i = 0; i < n; i++) check(await tasks[i] === i, 'wrong result');
  return now() - begin;
}

module.exports = { switches, sleepers };
