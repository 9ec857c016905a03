-- The rows of pools: two workers, if a row doesn't say another number. Python,
-- Node, Go and Erlang have each what they do best beside what one would write
-- first. `best` tries chunks of four sizes and measures with the fastest.

local measures = require "measures"
local rate = measures.rate

local rows, add = measures.rows()

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

return rows
