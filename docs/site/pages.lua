-- docs/site/pages.lua -- the navigation: every page stands in it, or the site is not built.

return {
  { "moons", "README.md", "docs/guide.md", "CHANGELOG.md" },
  { "Threads", "docs/spawn.md", "docs/messages.md", "docs/mailbox.md", "docs/threadlocal.md",
    "docs/time.md", "docs/progress.md", "docs/moons.md" },
  { "Calls on all cores", "docs/pool.md", "docs/futures.md" },
  { "Many waits in one thread", "docs/tasks.md", "docs/scope.md", "docs/actor.md",
    "docs/generator.md" },
  { "Processes, connections", "docs/process.md", "docs/fork.md", "docs/subprocess.md",
    "docs/net.md", "docs/remote.md" },
  { "Waiting for each other", "docs/queue.md", "docs/lock.md", "docs/rlock.md", "docs/rwlock.md",
    "docs/semaphore.md", "docs/event.md", "docs/condition.md", "docs/barrier.md", "docs/once.md",
    "docs/select.md" },
  { "Sharing", "docs/shared.md", "docs/atomic.md", "docs/buffer.md", "docs/array.md" },
  { "The command", "docs/repl.md", "docs/check.md" },
  { "In other programs", "docs/embedding.md", "vm/include/moons.h", "docs/embedding",
    "docs/require.md" },
  { "Inside", "docs/architecture.md", "docs/decisions", "scripts" },
}
