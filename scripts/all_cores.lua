-- One endless loop on each core: together they take all the processor time that there is, and they
-- can be stopped. From the chapter on threads of a book on Python, where they share a single core.
--   moons scripts/all_cores.lua [SECONDS]

local seconds <const> = tonumber(arg[1] or 1)
local cores <const> = moons.cpu_count()

local function loop()
  local x = 0
  while true do x = x ~ 1 end
end

local wall, processor = moons.clock(), os.clock()
local threads = {}
for i = 1, cores do threads[i] = spawn { loop, name = "loop " .. i } end
moons.sleep(seconds)
processor, wall = os.clock() - processor, moons.clock() - wall

for _, thread in ipairs(threads) do thread:cancel("enough") end
for _, thread in ipairs(threads) do
  print(thread:name() .. ": " .. select(2, pcall(thread.join, thread)))
end
print(("%d loops on %d cores took %.0f %% of one core"):format(#threads, cores,
  100 * processor / wall))
