-- A thousand children, started from 8 threads at once: fed, read, killed, dropped, timed out and
-- cancelled. What each gets and gives must be its own; afterwards no child is left, no zombie, and
-- no descriptor. A lost wake-up, or a pipe that somebody else holds open, is a hang.
--   moons tests/stress/subprocess.lua [seed]

local seed = math.tointeger(tonumber(arg[1] or os.getenv("MOONS_SEED"))) or os.time()
math.randomseed(seed)
print("seed " .. seed)

local THREADS = 8
local EACH <const> = os.getenv "MOONS_SLOW" and 20 or 125
local PIPE <const> = subprocess.PIPE

local kinds = {}

function kinds.echo(id)
  local text = id:rep(math.random(0, 20000))
  local result = subprocess.run { "tee", "/dev/stderr", input = text, capture_output = true }
  assert(result.stdout == text and result.stderr == text and result.returncode == 0, "mixed up")
end

function kinds.lines(id)
  local p <close> = subprocess.Popen { "cat", stdin = PIPE, stdout = PIPE }
  for i = 1, 20 do
    p.stdin:write(id, " ", i, "\n")
    p.stdin:flush()
    assert(p.stdout:read() == id .. " " .. i, "mixed up")
  end
  p.stdin:close()
  assert(p.stdout:read("a") == "" and p:wait() == 0)
end

function kinds.full()
  local p <close> = subprocess.Popen { "head", "-c", "300000", "/dev/zero", stdout = PIPE }
  assert(p:wait() == 0)
  assert(#p.stdout:read("a") == 300000)
end

function kinds.killed()
  local p <close> = subprocess.Popen { "cat", stdin = PIPE, stdout = PIPE }
  if math.random(2) == 1 then moons.sleep(math.random() / 500) end
  p:kill()
  assert(p:wait() == -9 and p:poll() == -9)
end

function kinds.killed_while_it_is_fed()
  local p <close> = subprocess.Popen { "cat", stdin = PIPE, stdout = PIPE }
  local killer <close> = spawn(function(own)
    moons.sleep(math.random() / 200)
    own:send_signal("KILL")
  end, p)
  local out = p:communicate(("x"):rep(1 << 20))
  assert(#out <= 1 << 20)
  killer:join()
end

function kinds.dropped()
  local p = subprocess.Popen { "sleep", tostring(math.random() / 20), stdout = PIPE }
  if math.random(2) == 1 then p.stdout:close() end
end

function kinds.late()
  local ok, e = pcall(subprocess.run, { "sh", "-c", "echo on; sleep 1000", timeout = 0.05,
                                        stdout = PIPE })
  assert(not ok and e.name == "TimeoutExpired" and (e.stdout == "on\n" or e.stdout == ""))
end

function kinds.refused()
  -- Its children share no memory with their parent, so they can't say why they failed.
  if os.getenv "MOONS_VALGRIND" then return end
  local ok, e = pcall(subprocess.run, { "/no/such/program", capture_output = true, input = "x" })
  assert(not ok and e:find("No such file or directory", 1, true))
end

function kinds.cancelled()
  local thread = spawn(function() subprocess.run { "cat", stdin = PIPE, stdout = PIPE,
                                                   env = { PATH = os.getenv "PATH" } }
    subprocess.run { "sleep", "1000" } end)
  moons.sleep(math.random() / 100)
  thread:cancel()
  local ok, e = pcall(thread.join, thread)
  assert(not ok and e:find("was cancelled", 1, true), e)
end

local names = {}
for name in pairs(kinds) do names[#names + 1] = name end
table.sort(names)

-- The children of this process: their command lines, but for that of the shell that looks.
local function children()
  local result = subprocess.run { "sh", "-c", [=[
    grep -lsE "^PPid:[[:space:]]+$PPID$" /proc/[0-9]*/status | grep -v "/$$/" | while read -r status
    do echo "${status%/status}: $(tr '\0' ' ' <"${status%status}cmdline")"; done]=],
    stdout = PIPE, stderr = subprocess.DEVNULL }
  return result.stdout
end

local function descriptors()
  return subprocess.check_output { "sh", "-c", "ls /proc/$PPID/fd | wc -l" }
end

local before = descriptors()
local threads = {}
for i = 1, THREADS do
  threads[i] = spawn(function(own_seed)
    math.randomseed(own_seed)
    for round = 1, EACH do
      kinds[names[math.random(#names)]](("%d-%d "):format(i, round))
    end
  end, seed + i)
end
for _, thread in ipairs(threads) do thread:join() end
threads = nil -- luacheck: ignore 311

-- What was dropped is ended and closed by the collector.
local latest = moons.clock() + 60
while true do
  collectgarbage()
  local left, after = children(), descriptors()
  if left == "" and after == before then break end
  assert(moons.clock() < latest, ("left: descriptors %s, at first %s, children:\n%s")
    :format(after, before, left))
  moons.sleep(0.01)
end
