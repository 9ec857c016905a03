-- Cancels a thread while the shell of its command starts one process after the other: a list of
-- those that a shell has started is out of date when it is read. None of them may live on.
--   moons tests/stress/commands.lua [seed]

local seed = math.tointeger(tonumber(arg[1] or os.getenv("MOONS_SEED"))) or os.time()
math.randomseed(seed)
print("seed " .. seed)

local ROUNDS <const> = os.getenv "MOONS_SLOW" and 40 or 300
-- No other run sleeps as long.
local TIME <const> = ("%d.%d"):format(math.random(3000, 1000000), os.time())
local SCRIPT <const> =
  ("i=0; while [ $i -lt 40 ]; do (true; sleep %s; true) & i=$((i+1)); done; wait"):format(TIME)

local kinds = {
  function(script) os.execute(script) end,
  function(script) io.popen(script):close() end,
  function(script) subprocess.run { script, shell = true } end,
  function(script) subprocess.run { script, shell = true, timeout = 100 } end,
}

for round = 1, ROUNDS do
  local thread = spawn(kinds[round % #kinds + 1], SCRIPT)
  moons.sleep(math.random() / 40)
  thread:cancel()
  local ok, why = pcall(thread.join, thread)
  assert(not ok and why:find "cancelled", why)
end

-- A signal is sent before it has done its work.
local left
local deadline = moons.clock() + 10
repeat
  left = subprocess.run { "pgrep", "-fc", "^sleep " .. TIME, capture_output = true }.stdout
  if left ~= "0\n" then moons.sleep(0.01) end
until left == "0\n" or moons.clock() > deadline
if left ~= "0\n" then
  subprocess.run { "pkill", "-f", "^sleep " .. TIME }
  error(("%d processes live on, of %d commands"):format(left, ROUNDS))
end
