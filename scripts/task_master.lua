-- Gives ten random numbers to workers on any machines, and prints the squares that come back. From
-- a tutorial's task_master.py and task_worker.py, in which a manager shares two queues by network.
--   moons scripts/task_master.lua [HOST:PORT [KEYFILE]]
--   moons scripts/task_worker.lua HOST:PORT KEYFILE        here and elsewhere, as many as wanted
-- Alone it starts one worker itself.

local remote <const> = moons.remote

local address <const>, keyfile = arg[1] or "127.0.0.1:0", arg[2]

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read("l")
end

local authkey <const> = keyfile and read(keyfile)
local server <close> = assert(remote.serve { address = address, authkey = authkey })
local r <close> = assert(remote.connect(server))
local tasks <const>, results <const> = r:queue("tasks"), r:queue("results")

for _ = 1, 10 do
  local n = math.random(0, 10000)
  print(("Put task %d..."):format(n))
  tasks:put(n)
end

-- The key goes to the worker by a pipe: arguments and environments can be seen by others.
local worker
if not arg[1] then
  local moons_program = arg[-1]
  worker = subprocess.Popen {
    moons_program, arg[0]:gsub("master", "worker"), server.url, "/dev/stdin", stdin = "pipe",
  }
  worker.stdin:write(server.authkey, "\n"):close()
end

print("Try get results...")
for _ = 1, 10 do
  print("Result: " .. results:get())
  results:task_done()
end
tasks:close()
if worker then worker:wait() end
print("master exit.")
