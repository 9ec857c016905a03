-- Threads that send to each other and are interrupted at random moments, and end at any moment:
-- what is received was sent once and comes in its sender's order, each interrupt is raised once at
-- most, and nobody is sent to who has ended.
--   moons tests/stress/mailbox.lua [seed]

local seed = math.tointeger(tonumber(arg[1] or os.getenv("MOONS_SEED"))) or os.time()
math.randomseed(seed)
print("seed " .. seed)

-- Receives until it is told to end; returns what it received and which interrupts hit it.
local function live(own_seed, turns)
  math.randomseed(own_seed)
  local self = moons.current():id()
  local received, hits, peers, sent, ended = {}, {}, {}, {}, false
  -- Not disturbed by a second error, since it runs for the first: core/interrupt.c.
  local function note(message)
    if type(message) ~= "table" or not message.hit then error(message, 0) end
    hits[#hits + 1] = message.hit
  end
  local function step()
    local value
    if math.random(2) == 1 then
      value = moons.try_receive()
    else
      value = moons.receive(math.random() / 2000)
    end
    if value == "end" then
      ended = true
    elseif type(value) == "table" and value.peers then
      peers = value.peers
    elseif value then
      received[#received + 1] = value
    end
    local peer = #peers > 0 and peers[math.random(#peers)]
    if peer and turns > 0 then
      turns = turns - 1
      local number = (sent[peer:id()] or 0) + 1
      sent[peer:id()] = number
      if not peer:send { from = self, number = number } then assert(peer:status() ~= "running") end
    end
  end
  -- Each level takes one interrupt, wherever it comes.
  local function loop(depth)
    if depth > 0 then xpcall(loop, note, depth - 1) end
    while not ended do step() end
  end
  loop(30)
  return received, hits
end

local total, raised, finish = 0, 0, moons.clock() + 3
repeat
  for _, count in ipairs { 2, 8, 64 } do
    local threads, asked = {}, {}
    for i = 1, count do threads[i] = spawn(live, math.random(1 << 30), 1000 // count) end
    for i = 1, count do
      local peers = {}
      for k = 1, 4 do peers[k] = threads[math.random(count)] end
      threads[i]:send { peers = peers }
      asked[i] = {}
    end
    for n = 1, 40 do
      local i = math.random(count)
      if #asked[i] < 20 and threads[i]:interrupt { hit = n } then table.insert(asked[i], n) end
      if math.random(5) == 1 then moons.sleep(math.random() / 1000) end
    end
    for i = 1, count do
      -- More than once, since an interrupt may come just when it was received.
      while threads[i]:status() == "running" do
        threads[i]:send("end")
        moons.sleep(0.001)
      end
      local ok, received, hits = pcall(threads[i].join, threads[i])
      if not ok then
        -- The interrupt came outside of all levels: before the first, or after the last.
        assert(type(received) == "table" and received.hit, received)
        received, hits = {}, {}
      end
      local last = {}
      for _, value in ipairs(received) do
        assert(value.number > (last[value.from] or 0), "not in order, or twice")
        last[value.from] = value.number
      end
      -- Those that were asked for late may have found the thread at its end.
      local at = 1
      for _, hit in ipairs(hits) do
        while asked[i][at] ~= hit do
          at = assert(at < #asked[i] and at + 1, "raised twice, or in another order")
        end
        at = at + 1
      end
      total, raised = total + #received, raised + #hits
      assert(threads[i]:send("late") == nil and not threads[i]:interrupt())
    end
  end
until moons.clock() > finish
assert(#moons.threads() == 1, "threads are left")
print(total .. " values received, " .. raised .. " interrupts raised")
