-- The rows of locks and of what is shared, and turns by what wakes.

local measures = require "measures"
local each, rate = measures.each, measures.rate

local rows, add = measures.rows()

local function counter_row(name, title, words, reach, peers)
  add{
    name = name, moons = {"moons", "counter " .. words}, peers = peers,
    figures = {rate(title, reach)},
  }
end

for _, threads in ipairs{2, 8} do
  local title = ("counter in a Shared under a Lock, %d threads"):format(threads)
  counter_row("counter-" .. threads, title, ("locked %d 1024000"):format(threads), 5, {
      {"C pthread mutex", "c", ("counter mutex %d 8192000"):format(threads)},
      {"Python threading.Lock", "python", ("counter lock %d 1024000"):format(threads)},
      {"Go sync.Mutex", "go", ("counter mutex %d 8192000"):format(threads)},
    })
end
counter_row("reentered", "counter in a Shared under an RLock, acquired twice, 2 threads",
  "reentered 2 1024000", nil, {
    {"C recursive pthread mutex", "c", "counter recursive 2 8192000"},
    {"Python threading.RLock", "python", "counter rlock 2 512000"},
  })
counter_row("semaphore-counter", "counter in a Shared under a Semaphore of 1, 2 threads",
  "permitted 2 1024000", nil, {
    {"C sem_t", "c", "counter permit 2 2048000"},
    {"Python threading.Semaphore", "python", "counter permit 2 204800"},
  })
counter_row("semaphore", "Semaphore with permits for all, acquire and release, 2 threads",
  "admitted 2 2048000", nil, {
    {"C sem_t", "c", "counter permits 2 4096000"},
    {"Python threading.Semaphore", "python", "counter permits 2 102400"},
  })
counter_row("rwlock", "Shared under an RWLock, 15 reads to a write, 2 threads",
  "mostly_read 2 512000", nil, {
    {"C pthread_rwlock", "c", "counter rwlock 2 1024000"},
    {"Go sync.RWMutex", "go", "counter rwmutex 2 4096000"},
  })
counter_row("once", "Once that was called, call, 2 threads", "once 2 8192000", nil, {
  {"Go sync.Once", "go", "counter once 2 819200000"},
})
counter_row("barrier", "Barrier, arrivals of 4 threads", "met 4 204800", nil, {
  {"C pthread_barrier", "c", "counter barrier 4 20480"},
  {"Python threading.Barrier", "python", "counter barrier 4 4096"},
})
counter_row("atomic", "Atomic add, 2 threads", "atomic 2 8192000", 20, {
  {"C atomic_fetch_add", "c", "counter atomic 2 16384000"},
  {"Go atomic.AddInt64", "go", "counter atomic 2 16384000"},
})
counter_row("shared-read", "Shared, read, 2 threads", "read 2 2048000", 3, {})
counter_row("shared-write", "Shared, write, 2 threads", "write 2 2048000", 2, {})
counter_row("shared-update", "Shared, update, 2 threads", "update 2 1024000", 1, {})

-- A turn that goes over and comes back, as by two queues: what wakes is compared.
local function turn_row(name, title, form, peers)
  add{
    name = name,
    moons = {"moons", ("roundtrip %s 102400"):format(form)},
    peers = {{"moons, two queues", "moons", "roundtrip plain 102400"}, table.unpack(peers or {})},
    figures = {each(title, nil, {["moons, two queues"] = 1.5})},
  }
end

turn_row("event", "round trip by two events", "event")
turn_row("condition", "round trip by notify", "condition")
turn_row("select", "round trip, taken by select over 8 queues", "select")
turn_row("mailbox", "round trip by mailboxes", "mailbox", {
  {"Python SimpleQueue", "python", "roundtrip simple 10240"},
  {"Erlang send", "erlang", "roundtrip default 204800"},
})

add{
  name = "buffer",
  moons = {"moons", "roundtrip buffer 102400"},
  peers = {{"Python shared_memory, its name to a process", "python", "roundtrip shared 2048"}},
  figures = {each("round trip of a Buffer of 1 MB, a byte written on each")},
}

return rows
