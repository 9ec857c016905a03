-- What is measured: the rows of the table, their peers and what is to be
-- reached. A row is
--   name      what a pattern on the command line picks it by
--   pin       true: everything runs on one processor
--   moons     tool and words of our side
--   peers     label, tool, words of each other side; `needs` names a second
--             tool that must be there
--   figures   what the programs print (`key`, in SI base units), how it is
--             shown, what to reach, and what ratio to a peer (`beside`)
-- The counts are the same for all sides, or scaled down for the slow ones so
-- that each program takes a fraction of a second; all warm up first. They are
-- multiples of 1,024, so that batches and sides come out even.

local rows = {}

local function add(row)
  rows[#rows + 1] = row
end

local function each(title, reach, beside)
  return {
    title = title, key = "seconds_each", unit = "µs", scale = 1e6, better = "less",
    reach = reach, beside = beside,
  }
end

local function rate(title, reach)
  return {
    title = title, key = "per_second", unit = "M/s", scale = 1e-6, better = "more", reach = reach,
  }
end

add{
  name = "spawn",
  moons = {"moons", "spawn plain 20000"},
  peers = {
    {"C pthread_create + join", "c", "spawn plain 10000"},
    {"Python threading.Thread", "python", "spawn plain 4000"},
    {"Node Worker", "node", "spawn plain 20"},
    {"Go goroutine", "go", "spawn goroutine 400000"},
    {"Go locked OS thread", "go", "spawn thread 10000"},
    {"Erlang process", "erlang", "spawn plain 100000"},
  },
  figures = {each("spawn + run + join", 8, {["C pthread_create + join"] = 0.5})},
}

add{
  name = "live",
  moons = {"moons", "live plain 1024"},
  peers = {
    {"C pthread", "c", "live plain 1024"},
    {"Python threading.Thread", "python", "live plain 1024"},
    {"Go locked OS thread", "go", "live thread 1024"},
    {"Go goroutine", "go", "live goroutine 1024"},
    {"Erlang process", "erlang", "live plain 1024"},
  },
  figures = {
    {
      title = "1,024 live threads, until all wait", key = "seconds", unit = "ms", scale = 1e3,
      better = "less", reach = 20,
    },
    {
      title = "1,024 live threads, memory of each", key = "bytes_each", unit = "KB",
      scale = 1 / 1024, better = "less", reach = 40,
    },
  },
}

local round_trip_peers = {
  {"C futex", "c", "roundtrip futex 20480"},
  {"C mutex + condition", "c", "roundtrip condition 20480"},
  {"Python SimpleQueue", "python", "roundtrip simple 10240"},
  {"Python Queue", "python", "roundtrip queue 10240"},
  {"Node postMessage", "node", "roundtrip plain 10240"},
  {"Go channels", "go", "roundtrip plain 1024000"},
  {"Erlang send", "erlang", "roundtrip default 204800"},
}

add{
  name = "roundtrip",
  moons = {"moons", "roundtrip plain 204800"},
  peers = table.move(round_trip_peers, 1, #round_trip_peers, 1, {
    [#round_trip_peers + 1] = {
      "Erlang, across schedulers", "erlang", "roundtrip bound 102400",
    },
  }),
  figures = {each("round trip of an integer", 1.5)},
}

add{
  name = "roundtrip-pinned", pin = true,
  moons = {"moons", "roundtrip plain 102400"},
  peers = round_trip_peers,
  figures = {each("round trip of an integer, one processor", 4)},
}

-- The words of a queue case: `queue FORM KIND PRODUCERS CONSUMERS N BYTES`.
local function queue(form, kind, sides, n, bytes)
  return ("queue %s %s %d %d %d %d"):format(form, kind, sides, sides, n, bytes or 0)
end

-- A port of Node has one owner at each end, so Node is in the rows with one
-- producer and one consumer only; multiprocessing is left to those as well.
local function integer_row(name, title, sides, form, reach)
  local slow = sides > 2 and 30720 or 102400
  local peers = {
    {"C ring, lock-free", "c", queue("ring", "int", sides, 8192000)},
    {"C mutex + condition", "c", queue("mutex", "int", sides, 1024000)},
    {"Python SimpleQueue (reference)", "python", queue("simple", "int", sides, 2048000)},
    {"Python Queue (reference)", "python", queue("queue", "int", sides, slow)},
    {"Go channel", "go", queue("plain", "int", sides, 4096000)},
    {"Erlang send", "erlang", queue("plain", "int", sides, 2048000)},
  }
  if sides == 1 then
    table.insert(peers, 5, {"Python multiprocessing", "python", queue("process", "int", 1, 102400)})
    table.insert(peers, 6, {"Node postMessage", "node", queue("plain", "int", 1, 307200)})
  end
  add{
    name = name,
    moons = {"moons", queue(form, "int", sides, 4096000)},
    peers = peers,
    figures = {rate(title, reach)},
  }
end

integer_row("int-1p1c", "queue, integer, 1P1C", 1, "unbounded", 10)
integer_row("int-2p2c", "queue, integer, 2P2C", 2, "unbounded", 10)
integer_row("int-8p8c", "queue, integer, 8P8C", 8, "unbounded")

add{
  name = "int-bounded",
  moons = {"moons", queue("bounded", "int", 1, 4096000)},
  peers = {
    {"C mutex + condition", "c", queue("mutex", "int", 1, 1024000)},
    {"Go channel", "go", queue("plain", "int", 1, 4096000)},
  },
  figures = {rate("queue of 1,024 places, integer, 1P1C", 10)},
}

add{
  name = "int-mailbox",
  moons = {"moons", queue("mailbox", "sent", 1, 4096000)},
  peers = {
    {"Python SimpleQueue (reference)", "python", queue("simple", "int", 1, 2048000)},
    {"Node postMessage", "node", queue("plain", "int", 1, 307200)},
    {"Erlang send", "erlang", queue("plain", "int", 1, 2048000)},
  },
  figures = {rate("mailbox, integer, 1P1C")},
}

local function ordered_row(name, title, form, kind, n)
  local class = form == "lifo" and "LifoQueue" or "PriorityQueue"
  add{
    name = name,
    moons = {"moons", queue(form, kind, 1, n)},
    peers = {
      {("Python %s (reference)"):format(class), "python", queue(form, kind, 1, 51200)},
    },
    figures = {rate(class .. title)},
  }
end

ordered_row("int-lifo", ", integer, 1P1C", "lifo", "int", 512000)
ordered_row("int-priority", ", integer, 1P1C", "priority", "int", 512000)
ordered_row("job-priority", ", list {priority, i}, 1P1C", "priority", "job", 307200)

add{
  name = "int-batched",
  moons = {"moons", queue("unbounded", "batch", 1, 8192000)},
  peers = {
    {"C mutex + condition", "c", queue("mutex", "batch", 1, 81920000)},
    {"Python SimpleQueue (reference)", "python", queue("simple", "batch", 1, 4096000)},
    {"Python Queue (reference)", "python", queue("queue", "batch", 1, 4096000)},
    {"Python multiprocessing", "python", queue("process", "batch", 1, 1024000)},
    {"Node postMessage", "node", queue("plain", "batch", 1, 4096000)},
    {"Go channel", "go", queue("plain", "batch", 1, 40960000)},
    {"Erlang send", "erlang", queue("plain", "batch", 1, 8192000)},
  },
  figures = {rate("queue, integers in batches of 128, 1P1C", 15)},
}

add{
  name = "record",
  moons = {"moons", queue("unbounded", "record", 1, 1024000)},
  peers = {
    {"Python SimpleQueue (reference)", "python", queue("simple", "record", 1, 512000)},
    {"Python Queue (reference)", "python", queue("queue", "record", 1, 102400)},
    {"Python multiprocessing", "python", queue("process", "record", 1, 51200)},
    {"Node postMessage", "node", queue("plain", "record", 1, 204800)},
    {"Go channel (pointer)", "go", queue("plain", "record", 1, 2048000)},
    {"Erlang send", "erlang", queue("plain", "record", 1, 1024000)},
  },
  figures = {rate("queue, new {id=i,name=\"abc\",values={1,2,3}}, 1P1C", 2)},
}

local function string_row(name, figure, bytes, n, slow)
  add{
    name = name,
    moons = {"moons", queue("bounded", "string", 1, n, bytes)},
    peers = {
      {"C memcpy alone", "c", ("memcpy %d %d"):format(n * 4, bytes)},
      {"C mutex queue, copied in and out", "c", queue("mutex", "string", 1, n, bytes)},
      {"Python SimpleQueue (reference)", "python", queue("simple", "string", 1, n, bytes)},
      {"Python Queue (reference)", "python", queue("queue", "string", 1, slow * 2, bytes)},
      {"Python multiprocessing", "python", queue("process", "string", 1, slow, bytes)},
      {"Node postMessage", "node", queue("plain", "string", 1, slow * 2, bytes)},
      {"Go channel, copied", "go", queue("plain", "string", 1, n, bytes)},
      {"Erlang send, copied", "erlang", queue("plain", "string", 1, n, bytes)},
    },
    figures = {figure},
  }
end

string_row("string-1k", rate("queue, string of 1 KB, 1P1C", 2.5), 1024, 512000, 51200)

local gigabytes = rate("queue, string of 1 MB, 1P1C", 7)
gigabytes.unit, gigabytes.scale = "GB/s", 1048576e-9
string_row("string-1m", gigabytes, 1048576, 1024, 128)

-- The compiled peers get greater arguments, so that all take about as long.
local function speedup_row(name, title, load, arguments)
  local function cpu(form, argument)
    return ("cpu %s %s %s"):format(form, load, argument)
  end
  add{
    name = name,
    moons = {"moons", cpu("plain", arguments.moons)},
    peers = {
      {"C pthreads", "c", cpu("plain", arguments.c)},
      {"Python threads", "python", cpu("thread", arguments.python)},
      {"Python processes", "python", cpu("process", arguments.python)},
      {"Node workers", "node", cpu("plain", arguments.node)},
      {"Go goroutines", "go", cpu("plain", arguments.go)},
      {"Erlang processes", "erlang", cpu("plain", arguments.erlang)},
    },
    figures = {{
      title = title, key = "speedup", unit = "×", scale = 1, better = "more", reach = 1.95,
    }},
  }
end

speedup_row("fib", "fib(32), two threads' throughput to one's", "fib", {
  moons = "32 4", python = "32", c = 42, node = 39, go = 40, erlang = 39,
})
speedup_row("trees", "binary-trees(14), two threads' throughput to one's", "trees", {
  moons = "14", python = "14", c = 17, node = 17, go = 16, erlang = 16,
})

local function alone_row(name, title, words, beside)
  add{
    name = name,
    moons = {"moons", "alone " .. words},
    peers = {{"lua5.4", "lua", "alone " .. words}},
    figures = {{
      title = title, key = "seconds", unit = "ms", scale = 1e3, better = "less",
      beside = {["lua5.4"] = beside},
    }},
  }
end

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

local function halves(title, reach)
  return {
    title = title .. " summed by two threads, to one", key = "speedup", unit = "×", scale = 1,
    better = "more", reach = reach,
  }
end

add{
  name = "array",
  moons = {"moons", "array doubles 10000000"},
  peers = {},
  figures = {halves("10M doubles of an Array", 1.9)},
}

add{
  name = "buffer-read",
  moons = {"moons", "array bytes 4096000"},
  peers = {
    {"Python shared_memory, processes", "python", "array bytes 4096000"},
  },
  figures = {halves("4M bytes of a Buffer"), rate("bytes of a Buffer, read by 2 threads")},
}

-- The rows of pools: two workers, if a row doesn't say another number. Python,
-- Node, Go and Erlang have each what they do best beside what one would write
-- first. `best` tries chunks of four sizes and measures with the fastest.

-- The words of a map: `map FORM TASK WORKERS N ROUNDS BYTES`; N and ROUNDS are given together.
local function map(form, task, count, bytes, workers)
  return ("map %s %s %d %s %d"):format(form, task, workers or 2, count, bytes or 0)
end

add{
  name = "map-100k",
  moons = {"moons", map("pool", "square", "102400 10")},
  peers = {
    {"moons, imap_unordered", "moons", map("unordered", "square", "102400 10")},
    {"moons, ThreadPoolExecutor", "moons", map("executor", "square", "102400 10")},
    {"Python ThreadPoolExecutor", "python", map("threads default", "square", "10240 1")},
    {"Python ProcessPoolExecutor", "python", map("processes default", "square", "1024 1")},
    {"Python ProcessPoolExecutor, best chunksize", "python",
      map("processes best", "square", "102400 4")},
    {"Python Pool", "python", map("pool default", "square", "102400 10")},
    {"Python Pool, best chunksize", "python", map("pool best", "square", "102400 10")},
    {"Python ThreadPool", "python", map("threadpool default", "square", "102400 10")},
    {"Python ThreadPool, best chunksize", "python", map("threadpool best", "square", "102400 10")},
    {"Node workers, a message a task", "node", map("single", "square", "51200 2")},
    {"Node workers, best batches", "node", map("batched", "square", "102400 10")},
    {"Go channels, a message a task", "go", map("singly", "square", "102400 10")},
    {"Go channels, best chunks", "go", map("chunks", "square", "102400 100")},
    {"Erlang, a process a task", "erlang", map("process", "square", "51200 1")},
    {"Erlang workers, best chunks", "erlang", map("workers", "square", "102400 10")},
  },
  figures = {rate("map of 102,400 x*x", 12)},
}

add{
  name = "map-processes",
  moons = {"moons", map("processes", "square", "102400 10")},
  peers = {
    {"Python ProcessPoolExecutor", "python", map("processes default", "square", "1024 1")},
    {"Python ProcessPoolExecutor, best chunksize", "python",
      map("processes best", "square", "102400 4")},
    {"Python Pool, best chunksize", "python", map("pool best", "square", "102400 10")},
  },
  figures = {rate("map of 102,400 x*x over processes, no chunksize given", 4)},
}

add{
  name = "submit-processes",
  moons = {"moons", "submit processes 2 10240 10"},
  peers = {
    {"Python ProcessPoolExecutor", "python", "submit processes 2 2048 1"},
    {"Python Pool", "python", "submit pool 2 10240 1"},
  },
  figures = {rate("10,240 submits to processes, then all results", 0.1)},
}

add{
  name = "map-1m",
  moons = {"moons", map("pool", "square", "1024000 2")},
  peers = {
    {"Python Pool", "python", map("pool default", "square", "1024000 1")},
    {"Python ThreadPool", "python", map("threadpool default", "square", "1024000 1")},
    {"Node workers, best batches", "node", map("batched", "square", "1024000 1")},
    {"Go channels, best chunks", "go", map("chunks", "square", "1024000 10")},
    {"Erlang workers, best chunks", "erlang", map("workers", "square", "1024000 1")},
  },
  figures = {rate("map of 1,024,000 x*x")},
}

for _, workers in ipairs{1, 4, 8} do
  add{
    name = "map-workers-" .. workers,
    moons = {"moons", map("pool", "square", "102400 10", 0, workers)},
    peers = {
      {"Python Pool", "python", map("pool default", "square", "102400 10", 0, workers)},
      {"Go channels, best chunks", "go", map("chunks", "square", "102400 100", 0, workers)},
    },
    figures = {
      rate(("map of 102,400 x*x, %d worker%s"):format(workers, workers > 1 and "s" or "")),
    },
  }
end

add{
  name = "submit-10k",
  moons = {"moons", "submit executor 2 10240 20"},
  peers = {
    {"moons, Pool:apply_async", "moons", "submit pool 2 10240 20"},
    {"Python ThreadPoolExecutor", "python", "submit threads 2 10240 2"},
    {"Python ProcessPoolExecutor", "python", "submit processes 2 2048 1"},
    {"Python Pool", "python", "submit pool 2 10240 1"},
    {"Python ThreadPool", "python", "submit threadpool 2 10240 2"},
    {"Node workers, a message a task", "node", "submit single 2 10240 8"},
    {"Node workers, a message for all of a tick", "node", "submit together 2 10240 20"},
    {"Go goroutine + channel each", "go", "submit goroutine 2 10240 20"},
    {"Go workers, a channel each", "go", "submit workers 2 10240 20"},
    {"Erlang, a process a task", "erlang", "submit process 2 10240 5"},
    {"Erlang workers, a message a task", "erlang", "submit workers 2 10240 20"},
  },
  figures = {rate("10,240 submits, then all results", 1.2)},
}

add{
  name = "submit-100k",
  moons = {"moons", "submit executor 2 102400 2"},
  peers = {
    {"Python ThreadPoolExecutor", "python", "submit threads 2 30720 1"},
    {"Python ThreadPool", "python", "submit threadpool 2 30720 1"},
    {"Node workers, a message a task", "node", "submit single 2 102400 1"},
    {"Node workers, a message for all of a tick", "node", "submit together 2 102400 2"},
    {"Go goroutine + channel each", "go", "submit goroutine 2 102400 2"},
    {"Go workers, a channel each", "go", "submit workers 2 102400 2"},
    {"Erlang workers, a message a task", "erlang", "submit workers 2 102400 2"},
  },
  figures = {rate("102,400 submits, then all results")},
}

add{
  name = "submit-result",
  moons = {"moons", "turns executor 2 102400"},
  peers = {
    {"moons, Pool:apply", "moons", "turns pool 2 102400"},
    {"Python ThreadPoolExecutor", "python", "turns threads 2 4096"},
    {"Python ProcessPoolExecutor", "python", "turns processes 2 1024"},
    {"Python Pool", "python", "turns pool 2 1024"},
    {"Python ThreadPool", "python", "turns threadpool 2 1024"},
    {"Node workers", "node", "turns single 2 5120"},
    {"Go goroutine + channel each", "go", "turns goroutine 2 102400"},
    {"Go workers, a channel each", "go", "turns workers 2 102400"},
    {"Erlang, a process a task", "erlang", "turns process 2 51200"},
    {"Erlang workers", "erlang", "turns workers 2 51200"},
  },
  figures = {rate("submit and its result, one by one", 0.5)},
}

-- A step takes more in one language, less in another: the last number makes it up.
add{
  name = "skewed",
  moons = {"moons", "skewed pool 2 10000"},
  peers = {
    {"moons, ThreadPoolExecutor", "moons", "skewed executor 2 10000"},
    {"Python ThreadPoolExecutor", "python", "skewed threads default 2 1500"},
    {"Python ProcessPoolExecutor", "python", "skewed processes default 2 1500"},
    {"Python Pool", "python", "skewed pool default 2 1500"},
    {"Python Pool, chunksize 1", "python", "skewed pool one 2 1500"},
    {"Node workers", "node", "skewed batched 2 20000"},
    {"Go channels, a message a task", "go", "skewed singly 2 20000"},
    {"Erlang, a process a task", "erlang", "skewed process 2 15000"},
    {"Erlang workers", "erlang", "skewed workers 2 15000"},
  },
  figures = {{
    title = "map of a task of 0.1 s and 1,000 of 0.1 ms, to the ideal time", key = "over_ideal",
    unit = "×", scale = 1, better = "less", reach = 1.05,
  }},
}

local function strings(form, task_count, bytes)
  return map(form, "echo", task_count, bytes)
end

local function map_string_row(name, figure, bytes, n)
  local once, twice = n .. " 1", n .. " 2"
  add{
    name = name,
    moons = {"moons", strings("pool", twice, bytes)},
    peers = {
      {"Python ProcessPoolExecutor, best chunksize", "python",
        strings("processes best", once, bytes)},
      {"Python Pool", "python", strings("pool default", once, bytes)},
      {"Python Pool, best chunksize", "python", strings("pool best", once, bytes)},
      {"Python ThreadPool (reference)", "python", strings("threadpool default", twice, bytes)},
      {"Node workers, best batches", "node", strings("batched", once, bytes)},
      {"Go channels, best chunks, copied", "go", strings("chunks", twice, bytes)},
      {"Erlang workers, best chunks, copied", "erlang", strings("workers", twice, bytes)},
    },
    figures = {figure},
  }
end

map_string_row("map-string-1k", rate("map, string of 1 KB there and back", 1), 1024, 20480)

local there_and_back = rate("map, string of 1 MB there and back")
there_and_back.unit, there_and_back.scale = "GB/s", 1048576e-9
map_string_row("map-string-1m", there_and_back, 1048576, 32)

local function speedups()
  local list = {}
  for i, count in ipairs{"one", "two", "four", "eight"} do
    list[i] = {
      title = "map of tasks of 0.1 ms to a plain loop, workers: " .. count,
      key = "speedup_" .. count, unit = "×", scale = 1, better = "more",
    }
  end
  return list
end

add{
  name = "scaling",
  moons = {"moons", "scaling pool 10000 512"},
  peers = {
    {"Python Pool", "python", "scaling pool 1500 512"},
    {"Python ThreadPool", "python", "scaling threadpool 1500 256"},
    {"Node workers", "node", "scaling batched 25000 256"},
    {"Go channels", "go", "scaling chunks 20000 512"},
    {"Erlang workers", "erlang", "scaling workers 15000 512"},
  },
  figures = speedups(),
}

add{
  name = "pending",
  moons = {"moons", "pending executor 1024000"},
  peers = {
    {"moons, Pool:apply_async", "moons", "pending pool 1024000"},
    {"Python ThreadPoolExecutor", "python", "pending threads 20480"},
    {"Python ProcessPoolExecutor", "python", "pending processes 4096"},
    {"Python Pool", "python", "pending pool 8192"},
    {"Python ThreadPool", "python", "pending threadpool 20480"},
    {"Node promises", "node", "pending single 102400"},
    {"Go goroutine + channel each", "go", "pending goroutine 51200"},
    {"Go channel each", "go", "pending workers 1024000"},
    {"Erlang process each", "erlang", "pending process 51200"},
    {"Erlang message each", "erlang", "pending workers 256000"},
  },
  figures = {{
    title = "1,024,000 pending futures, memory of each", key = "bytes_each", unit = "B", scale = 1,
    better = "less", reach = 300,
  }},
}

-- The program `true`, one run after the other; then with a gigabyte of our own.
for _, form in ipairs{"plain", "touched"} do
  add{
    name = "run-" .. form,
    moons = {"moons", "run_true " .. form .. " 500"},
    peers = {
      {"C posix_spawn + waitid", "c", "run_true spawn " .. form .. " 500"},
      {"C fork + exec", "c", ("run_true fork %s %d"):format(form, form == "plain" and 500 or 50)},
      {"Python subprocess.call", "python", "run_true " .. form .. " 500"},
    },
    figures = {{
      title = "run /bin/true" .. (form == "touched" and ", 1 GB touched" or ""),
      key = "per_second", unit = "k/s", scale = 1e-3, better = "more",
      beside = {["C posix_spawn + waitid"] = 0.95},
    }},
  }
end

add{
  name = "capture",
  moons = {"moons", "capture plain 100000000"},
  peers = {
    {"C read loop", "c", "capture plain 100000000"},
    {"Python subprocess.check_output", "python", "capture plain 100000000"},
  },
  figures = {{
    title = "100 MB of output captured", key = "per_second", unit = "GB/s", scale = 1e-9,
    better = "more", beside = {["C read loop"] = 0.9},
  }},
}

-- A process of our own: started, a turn over and back, and one-way traffic.

local process_start = each("process, start + run + join", 3)
process_start.unit, process_start.scale = "ms", 1e3
add{
  name = "process",
  moons = {"moons", "process start 200 0"},
  peers = {
    {"C fork + waitpid", "c", "process start 1000 0"},
    {"Python multiprocessing, fork", "python", "process start fork 200 0"},
    {"Python multiprocessing, forkserver", "python", "process start forkserver 50 0"},
    {"Python multiprocessing, spawn", "python", "process start spawn 20 0"},
  },
  figures = {process_start},
}

add{
  name = "process-turns",
  moons = {"moons", "process turns 20480 0"},
  peers = {
    {"C pipes", "c", "process turns 20480 0"},
    {"Python Pipe", "python", "process turns pipe 20480 0"},
    {"Python SimpleQueue", "python", "process turns simple 10240 0"},
    {"Python Queue", "python", "process turns queue 5120 0"},
  },
  figures = {each("round trip of an integer between processes, two queues", 25)},
}

local between = rate("queue between processes, string of 1 MB, 1P1C", 1.5)
between.unit, between.scale = "GB/s", 1048576e-9
add{
  name = "process-string-1m",
  moons = {"moons", "process stream 512 1048576"},
  peers = {
    {"C pipe", "c", "process stream 512 1048576"},
    {"Python Pipe", "python", "process stream pipe 256 1048576"},
    {"Python Queue", "python", "process stream queue 128 1048576"},
  },
  figures = {between},
}

-- A step of a generator is that of a coroutine, and little more.
local function generator_row(name, title, form, plain, python, beside)
  add{
    name = name,
    moons = {"moons", "generator " .. form .. " 4096000"},
    peers = {
      {"moons, coroutine." .. plain, "moons", "generator " .. plain .. " 4096000"},
      {"lua5.4, coroutine." .. plain, "lua", "generator " .. plain .. " 4096000"},
      {"Python", "python", "generator " .. python .. " 4096000"},
    },
    figures = {{
      title = title, key = "seconds_each", unit = "ns", scale = 1e9, better = "less",
      beside = {["moons, coroutine." .. plain] = beside},
    }},
  }
end

generator_row("generator-send", "generator, a value sent and one yielded", "send", "resume", "send",
  1.15)
generator_row("generator-loop", "generator in a for loop", "loop", "wrap", "loop", 1.15)
generator_row("generator-delegate", "generator, sent through another one", "delegate", "resume",
  "delegate")

alone_row("fib-alone", "fib(32), one thread", "plain fib 32 4")
alone_row("trees-alone", "binary-trees(14), one thread", "plain trees 14", 1 / 1.25)

add{
  name = "start",
  moons = {"start", "200 @moons @empty", needs = "moons"},
  peers = {
    {"lua5.4", "start", "200 lua5.4 @empty", needs = "lua"},
    {"Python", "start", "20 @python @empty", needs = "python"},
    {"Node", "start", "10 node @empty", needs = "node"},
  },
  figures = {{
    title = "start of an empty script", key = "seconds_each", unit = "ms", scale = 1e3,
    better = "less", beside = {["lua5.4"] = 1.3},
  }},
}

return rows
