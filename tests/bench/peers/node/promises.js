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

const LEAD = 3; // seconds, to start all before the first is due

// Timers have a resolution of a millisecond; one that would come too soon is rounded up.
async function timers(n) {
  const late = [];
  const begin = now() + LEAD;
  const busy = process.cpuUsage();
  await new Promise((resolve) => {
    for (let i = 0; i < n; i++) {
      const due = begin + Math.random();
      setTimeout(() => {
        late.push(now() - due);
        if (late.length === n) resolve();
      }, Math.ceil((due - now()) * 1000));
    }
  });
  const { user, system } = process.cpuUsage(busy);
  late.sort((a, b) => a - b);
  return { busy: (user + system) * 1e-6, late };
}

module.exports = { switches, sleepers, timers };
