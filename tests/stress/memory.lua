-- Buffers and Arrays under many threads: disjoint slices written and verified, handles dropped in
-- every order, freezing while others write, and no element torn.
--   moons tests/stress/memory.lua [seed]

local seed = math.tointeger(tonumber(arg[1] or os.getenv("MOONS_SEED"))) or os.time()
math.randomseed(seed)
print("seed " .. seed)

local types = { "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "float", "double" }

local function join_all(threads)
  local results = {}
  for i, thread in ipairs(threads) do results[i] = thread:join() end
  return results
end

-- Each of n threads writes its own part, by single elements, filling or copying.
local function disjoint(n)
  local name = types[math.random(#types)]
  local bounds = { 0 }
  for i = 1, n do bounds[i + 1] = bounds[i] + math.random(0, 300) end
  local whole, threads = moons.Array(name, bounds[n + 1]), {}
  local function write(part, mark, way)
    for round = 1, 3 do
      if way == 1 then
        for i = 1, #part do part[i] = (mark + i + round) % 100 end
      elseif way == 2 then
        local list = {}
        for i = 1, #part do list[i] = (mark + i + round) % 100 end
        part:copy(list)
      else
        part:fill(0)
        local own = moons.Array("int64", #part)
        for i = 1, #part do own[i] = (mark + i + round) % 100 end
        part:copy(own)
      end
    end
    return part:sum()
  end
  for i = 1, n do
    threads[i] = spawn(write, whole:slice(bounds[i] + 1, bounds[i + 1]), i, math.random(3))
  end
  local sums, sum = join_all(threads), 0
  for i = 1, n do
    for place = bounds[i] + 1, bounds[i + 1] do
      local expected = (i + place - bounds[i] + 3) % 100
      assert(whole[place] == expected, name .. " at " .. place)
    end
    sum = sum + sums[i]
  end
  assert(whole:sum() == sum)
  return bounds[n + 1]
end

-- All write the same elements; each value is one that somebody wrote.
local function together(n)
  local a, threads = moons.Array("int64", 500), {}
  local function write(own_seed)
    math.randomseed(own_seed)
    local b = a:buffer()
    for _ = 1, 30 do
      local value = math.random(0, 0xffff) * 0x0001000100010001
      local i = math.random(#a)
      local j = math.random(i, #a)
      local way = math.random(5)
      if way == 1 then a[i] = value
      elseif way == 2 then a:fill(value, i, j)
      elseif way == 3 then a:copy(a, 1, i, j)
      elseif way == 4 then a:sort(nil, i, j)
      else b:copy(b, 8 * i - 7, 8 * #a - 8 * (#a - j) - 7, 8 * j) end
      for at = i, j, 7 do
        local seen = a[at]
        assert(seen == (seen & 0xffff) * 0x0001000100010001, "torn")
      end
    end
    return true
  end
  for i = 1, n do threads[i] = spawn(write, math.random(1 << 30)) end
  join_all(threads)
end

-- Once somebody has frozen it and all have heard of that, nothing changes any more.
local function freezing(n)
  local a, threads = moons.Array("int32", 1000), {}
  local function write(own_seed)
    math.randomseed(own_seed)
    local view = math.random(2) == 1 and a or a:slice(1, math.random(#a))
    local ok, message = true, nil
    while ok do
      local way = math.random(3)
      ok, message = pcall(function()
        if way == 1 then view[math.random(#view)] = math.random(1000)
        elseif way == 2 then view:fill(math.random(1000))
        else view:sort() end
      end)
    end
    assert(message:find("Array is frozen", 1, true), message)
    assert(view:frozen() and a:buffer():frozen())
    return true
  end
  for i = 1, n do threads[i] = spawn(write, math.random(1 << 30)) end
  moons.sleep(math.random() / 500)
  a:freeze()
  join_all(threads)
  local before = a:string()
  assert(not pcall(a.fill, a, 1) and a:string() == before)
end

-- Handles and slices are handed round and let go of in any order.
local function handing_round(n)
  local queue, threads = Queue(), {}
  local function pass_on(own_seed)
    math.randomseed(own_seed)
    local kept = {}
    for _ = 1, 100 do
      local way = math.random(6)
      if way == 1 then
        queue:put(moons.Buffer(string.rep("\7", math.random(1, 3) * 70000)))
      elseif way == 2 then
        kept[math.random(10)] = queue:try_get()
      elseif way == 3 then
        kept[math.random(10)] = nil
      elseif way == 4 and next(kept) then
        local _, held = next(kept)
        queue:put(held:slice(math.random(#held)))
      elseif way == 5 and next(kept) then
        local _, held = next(kept)
        local a = moons.Array("uint8", held)
        queue:put(a:slice(1, math.random(#a)):buffer())
      elseif math.random(10) == 1 then
        collectgarbage()
      end
      for _, held in pairs(kept) do
        assert(held[1] == 7 and held[#held] == 7 and #held >= 1)
      end
    end
  end
  for i = 1, n do threads[i] = spawn(pass_on, math.random(1 << 30)) end
  join_all(threads)
  queue:close(math.random(2) == 1)
end

local elements, rounds, finish = 0, 0, moons.clock() + 3
repeat
  for _, n in ipairs { 2, 8, 64 } do
    elements = elements + disjoint(n)
    freezing(math.min(n, 8))
  end
  together(math.random(2, 8))
  handing_round(math.random(2, 8))
  rounds = rounds + 1
until moons.clock() > finish
assert(#moons.threads() == 1, "threads are left")
print(("%d rounds, %d elements in slices, all right"):format(rounds, elements))
