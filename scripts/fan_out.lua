-- A hundred requests at once, in one thread, and half a second for all of them. What has not
-- answered by then is cancelled, which closes its connection. The network is made up: some servers
-- never answer.

math.randomseed(1)

local connections, most = 0, 0

local function connect()
  connections = connections + 1
  most = math.max(most, connections)
  return setmetatable({}, { __close = function() connections = connections - 1 end })
end

local function fetch(latency)
  local _ <close> = connect()
  moons.sleep(latency)
  return ("x"):rep(latency * 1e5 // 1)
end

local requests = {}

local function fetch_all(count)
  for n = 1, count do
    local answers = math.random(5) > 1
    requests[n] = moons.task(fetch, answers and math.random() / 10 or math.huge)
  end
  return moons.gather(requests) -- cancelled itself, it cancels them
end

local pages, why = moons.timeout(0.5, fetch_all, 100)
print("pages:", pages, why)

futures.wait(requests)
local counts, bytes = { done = 0, cancelled = 0 }, 0
for _, request in ipairs(requests) do
  local status = request:status()
  counts[status] = counts[status] + 1
  if status == "done" then bytes = bytes + #request:result() end
end
print(("%d answered with %d bytes, %d were cancelled"):format(counts.done, bytes, counts.cancelled))
print(("connections: %d at most, %d left"):format(most, connections))
