-- Child programs beside other work: polling one, ten that sleep together as long as one, a time-out
-- that ends one. From the item on subprocesses of a book of advice on Python.
--   moons scripts/children.lua

local greeting <const> = subprocess.Popen { "echo", "Hello from the child!",
                                            stdout = subprocess.PIPE }
io.write((greeting:communicate()))

local child <const> = subprocess.Popen { "sleep", "0.3" }
local rounds = 0
while not child:poll() do
  rounds = rounds + 1
  moons.sleep(0.05) -- the other work
end
print("Exit status", child.returncode, rounds > 2 and "worked meanwhile" or "was too slow")

local start <const> = moons.clock()
local sleepers = {}
for i = 1, 10 do sleepers[i] = subprocess.Popen { "sleep", "0.5" } end
for _, sleeper in ipairs(sleepers) do sleeper:wait() end
print(("Ten sleeps of 0.5 s took %.2f s"):format(moons.clock() - start))

local sleepy <close> = subprocess.Popen { "sleep", "10" }
local status <const>, why <const> = sleepy:wait(0.1)
if not status then
  sleepy:terminate()
  print(why, sleepy:wait())
end
