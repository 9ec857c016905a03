-- The rows of queues: one-way traffic, of values of several kinds.

local measures = require "measures"
local rate = measures.rate

local rows, add = measures.rows()

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

return rows
