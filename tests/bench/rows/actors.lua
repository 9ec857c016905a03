-- Actors: messages to one, a token round a ring, questions and their answers; and timers, as each
-- task that sleeps is one. Where all is on one thread, the peers have one, too: Go by GOMAXPROCS,
-- Erlang, but for timers, by one scheduler. An actor of Go is a goroutine with a channel, one of
-- asyncio a task with a queue.

local measures = require "measures"
local each, rate = measures.each, measures.rate

local RECORDS <const> = "new {id=i,name=\"abc\",values={1,2,3}}"

local rows, add = measures.rows()

-- With a bound, so that the sender gives way; Erlang's has none, its scheduler takes care of that.
local function messages_on_a_task(name, title, kind, n, reach)
  add{
    name = name,
    moons = {"moons", ("actor task %s %d 1024"):format(kind, n)},
    peers = {
      {"Python asyncio.Queue", "python", ("actor task %s %d"):format(kind, n // 10)},
      {"Go channel", "go", ("actor task %s %d"):format(kind, n)},
      {"Erlang send", "erlang", ("actor task %s %d"):format(kind, n)},
    },
    figures = {rate(title .. " to an actor, sender and actor tasks of one thread", reach)},
  }
end

messages_on_a_task("actor-task", "integers", "int", 2048000, 3)
messages_on_a_task("actor-task-record", RECORDS, "record", 512000)

local function messages_to_a_thread(name, title, kind, n)
  local words = ("queue plain %s 1 1 %%d 0"):format(kind)
  add{
    name = name,
    moons = {"moons", ("actor thread %s %d"):format(kind, n)},
    peers = {
      {"Python SimpleQueue (reference)", "python", ("queue simple %s 1 1 %d 0"):format(kind, n)},
      {"Node postMessage", "node", words:format(204800)},
      {"Go channel", "go", words:format(n)},
      {"Erlang send", "erlang", ("actor thread %s %d"):format(kind, n)},
    },
    figures = {rate(title .. " to an actor on a thread")},
  }
end

messages_to_a_thread("actor-thread", "integers", "int", 2048000)
messages_to_a_thread("actor-thread-record", RECORDS, "record", 512000)

add{
  name = "actor-ring",
  moons = {"moons", "actor_ring task 1000 1000000"},
  peers = {
    {"Python asyncio.Queue", "python", "actor_ring task 1000 100000"},
    {"Go channels", "go", "actor_ring task 1000 1000000"},
    {"Erlang send", "erlang", "actor_ring task 1000 1000000"},
  },
  figures = {each("ring of 1,000 actors on one thread, a hop of the token", nil,
    {["Erlang send"] = 1})},
}

local function ask_row(name, title, form, peers)
  add{
    name = name,
    moons = {"moons", ("actor_ask %s 204800"):format(form)},
    peers = {
      {"Go channels", "go", ("actor_ask %s 409600"):format(form)},
      {"Erlang gen_server:call", "erlang", ("actor_ask %s 204800"):format(form)},
      table.unpack(peers or {}),
    },
    figures = {each(title)},
  }
end

ask_row("ask-task", "ask an actor and get its answer, both tasks of one thread", "task", {
  {"Python asyncio.Queue and a future", "python", "actor_ask task 51200"},
})
ask_row("ask-thread", "ask an actor on another thread and get its answer", "thread")

local function timers_row(name, count)
  local words, shown = "timers plain " .. count, count // 1000 .. ",000"
  local function figure(key, title, unit, scale)
    return {
      title = ("%s tasks that sleep until random times of one second, %s"):format(shown, title),
      key = key, unit = unit, scale = scale, better = "less",
    }
  end
  add{
    name = name,
    moons = {"moons", words},
    peers = {
      {"Python asyncio", "python", words}, {"Node setTimeout", "node", words},
      {"Go goroutines", "go", words}, {"Erlang processes", "erlang", words},
    },
    figures = {
      figure("seconds_median", "how late the middle one", "µs", 1e6),
      figure("seconds_far", "how late the 99th of 100", "µs", 1e6),
      figure("seconds_busy", "processor time", "s", 1),
    },
  }
end

timers_row("timers-10k", 10000)
timers_row("timers-100k", 100000)

return rows
