-- Connections under random load: threads with many tasks each write, read, cut short, cancel and
-- close. What arrives is a beginning of what was written; where nobody disturbs, all of it. A lost
-- wake-up is a hang. Before that, as many connections at once as may be.
--   moons tests/stress/net.lua [seed]

local seed = math.tointeger(tonumber(arg[1] or os.getenv("MOONS_SEED"))) or os.time()
math.randomseed(seed)
print("seed " .. seed)

-- Byte number i of every stream, so that what is lost, doubled or out of turn shows.
local function piece(from, size)
  local bytes = {}
  for i = from, from + size - 1 do bytes[#bytes + 1] = string.char((i * 7 + (i >> 8)) & 255) end
  return table.concat(bytes)
end

local function patience()
  if math.random(2) == 1 then return math.random(0, 2) / 1000 end
end

-- Writes `total` bytes in pieces; how many went, and whether all.
local function feed(connection, total)
  local sent = 0
  while sent < total do
    local text = piece(sent, math.min(total - sent, math.random(5000)))
    local ok, why, written = connection:write(text, patience())
    if ok then
      sent = sent + #text
    elseif why == "timeout" then
      sent = sent + written
    else
      return sent, false
    end
    if math.random(16) == 1 then moons.sleep(math.random(0, 1) / 1000) end
  end
  return sent, true
end

-- Reads to the end, in every way; how many bytes came, each the right one.
local function drain(connection)
  local got = 0
  while true do
    local bytes, why
    local way = math.random(4)
    if way == 1 then
      bytes, why = connection:receive(math.random(8000), patience())
    elseif way == 2 then
      bytes, why = connection:read(math.random(8000), patience())
    elseif way == 3 then
      bytes, why = connection:read_until(string.char(math.random(0, 255)), patience())
    else
      bytes, why = connection:read("L", patience())
    end
    if bytes then
      assert(bytes == piece(got, #bytes), "wrong bytes")
      got = got + #bytes
    elseif why ~= "timeout" then
      return got, why
    end
  end
end

-- One connection, both ways at once: all arrives.
local function undisturbed(a, b, total)
  local function talk(from)
    local sent, all = feed(from, total)
    assert(sent == total and all, "not all was written")
    from:shutdown()
  end
  local function listen(to)
    local got, why = drain(to)
    assert(got == total and why == "closed", "not all arrived")
  end
  moons.gather(moons.task(talk, a), moons.task(talk, b), moons.task(listen, a),
    moons.task(listen, b))
end

-- The same with cancels and closes: whoever is left comes to an end.
local function disturbed(a, b, total)
  local tasks = { moons.task(feed, a, total), moons.task(feed, b, total), moons.task(drain, a),
                  moons.task(drain, b) }
  moons.sleep(math.random(0, 4) / 1000)
  for _ = 1, math.random(0, 2) do tasks[math.random(#tasks)]:cancel() end
  moons.sleep(math.random(0, 2) / 1000)
  if math.random(2) == 1 then a:close() else b:shutdown "both" end
  moons.sleep(math.random(0, 1) / 1000)
  a:close()
  b:close()
  for _, each in ipairs(tasks) do
    each:wait()
    if not each:cancelled() then each:result() end
  end
end

local function crew(listener, address, count, total, own_seed)
  math.randomseed(own_seed)
  local tasks = {}
  for i = 1, count do
    tasks[i] = moons.task(function()
      local seconds = math.random(2) == 1 and 60 or nil
      local a <close> = assert(moons.net.connect(address, { timeout = seconds }))
      local b <close> = assert(listener:accept()) -- another's, maybe: all are alike
      disturbed(a, b, total)
    end)
  end
  moons.gather(tasks)
  for _ = 1, count do
    local a <close>, b = moons.net.pair()
    local _ <close> = b
    undisturbed(a, b, total)
  end
end

-- Readers and writers of several threads on one connection.
local function shared(threads, rounds)
  local a, b = moons.net.pair()
  local workers, seen = {}, moons.Atomic(0)
  for i = 1, threads do
    workers[#workers + 1] = spawn(function(to)
      for n = 1, rounds do assert(to:write(("%d\n"):format(n))) end
    end, a)
    workers[#workers + 1] = spawn(function(from, sum, own_seed)
      math.randomseed(own_seed)
      while true do
        local line, why = from:read("l", math.random(2) == 1 and 0.001 or nil)
        if line then sum:add(tonumber(line)) elseif why == "closed" then return end
      end
    end, b, seen, math.random(1 << 30) + i)
  end
  for i = 1, #workers, 2 do workers[i]:join() end
  a:close()
  for i = 2, #workers, 2 do workers[i]:join() end
  assert(seen:get() == threads * rounds * (rounds + 1) // 2, "lines were lost")
end

-- As many pairs as there may be, up to `most`: each wakes its own reader.
local function many(most)
  local pairs_made, tasks = {}, {}
  while #pairs_made < most do
    local a, b = moons.net.pair()
    if not a then break end
    pairs_made[#pairs_made + 1] = { a, b }
  end
  -- Some are needed by the poller, and by what else the script does.
  for _ = 1, 8 do
    if #pairs_made == most then break end
    local last = table.remove(pairs_made)
    last[1]:close()
    last[2]:close()
  end
  for i, ends in ipairs(pairs_made) do
    tasks[i] = moons.task(function() return ends[1]:read() end)
  end
  moons.sleep(0.01)
  for i = #pairs_made, 1, -1 do pairs_made[i][2]:write(i .. "\n") end
  for i, each in ipairs(tasks) do assert(each:result() == tostring(i), "another's line") end
  for _, ends in ipairs(pairs_made) do
    ends[1]:close()
    ends[2]:close()
  end
  print(#pairs_made .. " pairs at once")
end

local function open_descriptors()
  local count = 0
  for _ in io.popen("ls /proc/$PPID/fd"):lines() do count = count + 1 end
  return count
end

many(10000)
local before, finish, turns = open_descriptors(), moons.clock() + 5, 0
repeat
  for _, kind in ipairs { "127.0.0.1:0", "unix:@moons-stress" .. moons.getpid() } do
    local listener = assert(moons.net.listen(kind))
    local crews = {}
    for i = 1, 3 do
      crews[i] = spawn(crew, listener, listener:address(), 12, 20000, math.random(1 << 30))
    end
    for _, each in ipairs(crews) do each:join() end
    listener:close()
  end
  shared(4, 300)
  turns = turns + 1
until moons.clock() > finish
collectgarbage()
assert(open_descriptors() <= before + 2, "descriptors are left")
print(turns .. " times")
