-- Random tasks for random pools of processes: short ones, long ones, such that fail, kill their
-- worker, have it exit or take much memory, and large ones; and somebody else kills workers, too.
-- Each future ends, with its own answer; a task that was killed by itself fails, one that gave an
-- answer ran once, and others fail only where their worker was killed from outside. Afterwards no
-- child is left.
--   moons tests/stress/process_pool.lua [seed]

local seed = math.tointeger(tonumber(arg[1] or os.getenv("MOONS_SEED"))) or os.time()
math.randomseed(seed)
print("seed " .. seed)

local slow <const> = os.getenv "MOONS_SLOW"
local POOLS <const>, TASKS <const> = slow and 4 or 12, slow and 150 or 600

-- What a task does with its argument, and what has to come of it.
local kinds = {}

function kinds.short(n) return n * 2 end
function kinds.long(n) moons.sleep(n % 20 / 1000) return n * 2 end
function kinds.busy(n)
  local stop = moons.clock() + n % 5 / 1000
  while moons.clock() < stop do end
  return n * 2
end
function kinds.fail(n) error({ n }, 0) end
function kinds.die(_, ran)
  ran:put(false)
  os.execute("kill -KILL $PPID")
  moons.sleep(1000)
end
function kinds.exit(n) os.exit(n % 200) end
function kinds.eat()
  local list = {}
  while true do list[#list + 1] = ("x"):rep(100000) .. #list end
end

local likely = {}
for kind, weight in pairs { short = 400, long = 10, busy = 20, fail = 20, die = 3, exit = 3,
                            eat = 2, big = 5 } do
  for _ = 1, weight do likely[#likely + 1] = kind end
end
table.sort(likely)

local function big(text) return text .. "!" end

local expect = {}

function expect.fail(n, ok, value) return not ok and type(value) == "table" and value[1] == n end
function expect.die(_, ok, value) return not ok and value:find "^worker died: .*signal 9" end
function expect.exit(n, ok, value)
  return not ok and value:find("^worker died: .*exit status " .. n % 200 .. " ")
end
function expect.eat(_, ok, value) return not ok and value:find "memory limit" end

local function is_right(task, ok, value)
  if expect[task.kind] then return expect[task.kind](task.n, ok, value) end
  if task.kind == "big" then return ok and value == task.text .. "!" end
  return ok and value == task.n * 2
end

-- Kills workers of this process from outside, now and then: not so often that none gets to work,
-- since a worker gives up when four processes in a row have not lived until they were ready.
local function disturb(stop, start_time)
  while not stop:is_set() do
    os.execute [[
      for list in /proc/$PPID/task/*/children; do
        read -r children <$list
        for child in $children; do
          test $child = $$ || { kill -KILL $child; exit; }
        done
      done 2>/dev/null]]
    stop:wait(start_time * math.random(5, 30))
  end
end

local function submit(pool, ran)
  local kind, n = likely[math.random(#likely)], math.random(1000)
  local task = { kind = kind, n = n }
  if kind == "big" then
    task.text = tostring(n):rep(math.random(300000))
    task.future = pool:submit(big, task.text)
  else
    task.future = pool:submit(kinds[kind], n, kind == "die" and ran or nil)
  end
  return task
end

-- On a slow machine four in a row may be killed before they were ready.
local function was_killed(value)
  return type(value) == "string" and
    (value:find "killed by signal 9" or value:find "no other could be started")
end

local function check(task, disturbed)
  local ok, value = pcall(task.future.result, task.future)
  assert(task.future:done())
  if is_right(task, ok, value) then return end
  if disturbed and not ok and was_killed(value) then return end
  error(("%s(%d): %s %s"):format(task.kind, task.n, ok, tostring(value):sub(1, 300)))
end

local function run_pool()
  local options = { processes = math.random(4), engine = "process", memory_limit = 1 << 24 }
  if math.random(3) == 1 then options.maxtasksperchild = math.random(20) end
  local disturbed, stop = math.random(3) == 1, moons.Event()
  local ran, dying = Queue(), 0
  local pool = Pool(options)
  local before = moons.clock()
  pool:apply(kinds.short, 1)
  local killer = disturbed and spawn(disturb, stop, moons.clock() - before)
  local tasks = {}
  for i = 1, TASKS do
    tasks[i] = submit(pool, ran)
    if tasks[i].kind == "die" then dying = dying + 1 end
    if math.random(100) == 1 then moons.sleep(math.random() / 100) end
    if math.random(50) == 1 then check(tasks[i], disturbed) end
  end
  local ends = math.random(4)
  if ends == 1 then
    pool:terminate()
    pool:join()
    for _, task in ipairs(tasks) do
      assert(task.future:done())
      if not task.future:cancelled() then check(task, disturbed) end
    end
  else
    for _, task in ipairs(tasks) do check(task, disturbed) end
    pool:close()
    pool:join()
    assert(disturbed or #ran == dying, ("%d ran, %d died"):format(#ran, dying))
  end
  stop:set()
  if killer then killer:join() end
end

for _ = 1, POOLS do run_pool() end

-- Those of the shell itself are not meant.
local pipe <close> = io.popen "cat /proc/$PPID/task/*/children 2>/dev/null | wc -w"
assert(pipe:read("n") == 1, "children are left")
