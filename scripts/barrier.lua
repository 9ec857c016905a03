-- Work in phases: each thread does its share, and waits until all have; one of them then adds up
-- what they found, before any goes on with the next phase, which builds on it.

local THREADS <const>, PHASES <const> = 4, 3
local sums, total = Queue(), Queue(1)

local function add_up()
  local all = 0
  for _ = 1, THREADS do all = all + sums:get() end
  total:put(all)
  print("all have arrived, together they have " .. all)
end

local found, read = moons.Barrier(THREADS, add_up), moons.Barrier(THREADS, function()
  total:get()
end)

local function work(part)
  local factor = 1
  for _ = 1, PHASES do
    local sum = 0
    for n = part, 100, THREADS do sum = sum + n end
    sums:put(sum * factor)
    found:wait()
    factor = total:get()
    total:put(factor)
    read:wait() -- all know the total: it may go
  end
  return factor
end

local threads = {}
for part = 1, THREADS do threads[part] = spawn(work, part) end
for _, thread in ipairs(threads) do assert(thread:join() == 5050 ^ PHASES) end
