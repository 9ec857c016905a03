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
counter_row("atomic", "Atomic add, 2 threads", "atomic 2 8192000", 20, {
  {"C atomic_fetch_add", "c", "counter atomic 2 16384000"},
  {"Go atomic.AddInt64", "go", "counter atomic 2 16384000"},
})
counter_row("shared-read", "Shared, read, 2 threads", "read 2 2048000", 3, {})
counter_row("shared-write", "Shared, write, 2 threads", "write 2 2048000", 2, {})
counter_row("shared-update", "Shared, update, 2 threads", "update 2 1024000", 1, {})

-- A turn that goes over and comes back, as by two queues: what wakes is compared.
local function turn_row(name, title, form)
  add{
    name = name,
    moons = {"moons", ("roundtrip %s 102400"):format(form)},
    peers = {{"moons, two queues", "moons", "roundtrip plain 102400"}},
    figures = {each(title, nil, {["moons, two queues"] = 1.5})},
  }
end

turn_row("event", "round trip by two events", "event")
turn_row("condition", "round trip by notify", "condition")
turn_row("select", "round trip, taken by select over 8 queues", "select")

add{
  name = "array",
  moons = {"moons", "array plain 10000000"},
  peers = {},
  figures = {{
    title = "10M doubles of an Array summed by two threads, to one", key = "speedup", unit = "×",
    scale = 1, better = "more", reach = 1.9,
  }},
}

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
