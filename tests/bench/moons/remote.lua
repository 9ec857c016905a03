-- remote FORM N: work for two other processes, over a private server of NATS.
--   tasks   N squares, by a queue of tasks and one of results; each process takes one at a time
--   many    the same, each process takes what is there
--   turns   an integer goes to another process by one queue and comes back by a second one, N times

local form, n = arg[1], math.tointeger(arg[2])

local server <close> = assert(moons.remote.serve())
local r <close> = assert(moons.remote.connect(server))
local tasks <const>, results <const> = r:queue("tasks"), r:queue("results")

local function work(url, key, takes)
  local there <close> = assert(moons.remote.connect(url, { authkey = key }))
  local from, to = there:queue("tasks"), there:queue("results")
  while true do
    local list = from:get_many(takes)
    if not list then return end
    for i, value in ipairs(list) do list[i] = value * value end
    to:put_many(list)
    for _ = 1, #list do from:task_done() end
  end
end

local function echo(url, key)
  local there <close> = assert(moons.remote.connect(url, { authkey = key }))
  local from, to = there:queue("tasks"), there:queue("results")
  for value in from:iter() do
    to:put(value)
    from:task_done()
  end
end

local function collect(count)
  while count > 0 do
    local list = results:get_many()
    count = count - #list
    for _ = 1, #list do results:task_done() end
  end
end

local forms = {}

local function run(takes, count)
  local list = {}
  for i = 1, count do list[i] = i end
  local start = moons.clock()
  tasks:put_many(list)
  collect(count)
  return moons.clock() - start, takes
end

function forms.tasks(count) return run(1, count) end
function forms.many(count) return run(64, count) end

function forms.turns(count)
  local start = moons.clock()
  for i = 1, count do
    tasks:put(i)
    assert(results:get() == i, "wrong value came back")
    results:task_done()
  end
  return moons.clock() - start
end

local url, key = server.url, server.authkey
local processes = {}
if form == "turns" then
  processes[1] = moons.process(echo, url, key)
else
  for i = 1, 2 do processes[i] = moons.process(work, url, key, form == "tasks" and 1 or 64) end
end
forms[form](n // 10)
local seconds = forms[form](n)
tasks:close()
for _, process in ipairs(processes) do process:join() end
print("seconds_each", seconds / n)
print("per_second", n / seconds)
