-- Shared under random load: money moves between accounts of nested tables by transactions, some of
-- which fail, are cancelled or stand within each other; single writes, updates, waits and copies
-- come between. Whoever looks sees the same sum.
--   moons tests/stress/shared.lua [seed]

local seed = math.tointeger(tonumber(arg[1] or os.getenv("MOONS_SEED"))) or os.time()
math.randomseed(seed)
print("seed " .. seed)

local ACCOUNTS <const>, EACH <const> = 12, 100

local function new_bank()
  local bank = { count = 0, log = {} }
  for i = 1, ACCOUNTS do bank[i] = { money = EACH, notes = {} } end
  return moons.Shared(bank)
end

local function sum(bank)
  local total = 0
  for i = 1, ACCOUNTS do total = total + bank[i].money end
  return total
end

local function move(t, from, to, amount)
  t[from].money = t[from].money - amount
  if math.random(4) == 1 then moons.sleep(0) end
  t[to] = { money = t[to].money + amount, notes = { amount, from = "account " .. from } }
  if math.random(4) == 1 then t.log:insert("moved " .. amount .. " from one account to another") end
  if math.random(10) == 1 then error("changed my mind", 0) end
end

local function pick()
  local from = math.random(ACCOUNTS)
  return from, (from + math.random(ACCOUNTS - 1) - 1) % ACCOUNTS + 1, math.random(50)
end

local ways = {
  function(bank, tally)
    local from, to, amount = pick()
    local ok, word = pcall(bank.transaction, bank, move, from, to, amount)
    assert(ok or word == "changed my mind", word)
    tally.moved = tally.moved + (ok and 1 or 0)
  end,
  function(bank) assert(sum(bank:copy()) == ACCOUNTS * EACH, "a copy is not whole") end,
  function(bank)
    assert(bank:transaction(sum) == ACCOUNTS * EACH, "a transaction sees what is not whole")
  end,
  function(bank, tally)
    bank:update("count", function(n) return n + 1 end)
    tally.counted = tally.counted + 1
  end,
  function(bank)
    assert(not pcall(bank.update, bank, "count", function(n) return { n, io.stdout } end))
  end,
  function(bank)
    bank:wait("tick", function(n) return n and n % 3 == 0 end, math.random(3) / 1000)
  end,
  function(bank) bank.tick = math.random(100) end,
  function(bank)
    bank:transaction(function()
      local tick = bank.tick
      moons.sleep(0)
      assert(bank.tick == tick, "a write came into a transaction")
      bank.tick = -1
    end)
  end,
  function(bank)
    bank:update("tick", function(tick)
      local seen = bank.tick
      moons.sleep(0)
      assert(seen == tick and bank.tick == tick, "a write came into an update")
      return tick and tick + 1
    end)
  end,
  function(bank) bank[math.random(ACCOUNTS)].notes = { ("note "):rep(math.random(20)) } end,
  function(bank)
    for _, account in pairs(bank[math.random(ACCOUNTS)].notes) do assert(account) end
    bank.log:remove(1)
  end,
  function(bank, tally, other)
    -- Opposite orders: each may be told of the circle, neither may hang.
    local first, second = bank, other
    if math.random(2) == 1 then first, second = other, bank end
    local ok, word = pcall(first.transaction, first, function()
      if math.random(3) == 1 then moons.sleep(0.0001) end
      second:update("meetings", function(n) return (n or 0) + 1 end)
    end)
    assert(ok or word:find("deadlock: ", 1, true), word)
    if not ok then tally.circles = tally.circles + 1 end
  end,
}

local function work(bank, other, rounds, own_seed)
  math.randomseed(own_seed)
  local tally = { moved = 0, counted = 0, circles = 0 }
  for _ = 1, rounds do ways[math.random(#ways)](bank, tally, other) end
  return tally
end

-- Starts transactions until it is cancelled in the midst of one.
local function be_cancelled(bank, own_seed)
  math.randomseed(own_seed)
  while true do
    bank:transaction(function(t)
      local from, to, amount = pick()
      t[from].money = t[from].money - amount
      if math.random(5) == 1 then moons.sleep(0.0005) end
      t[to].money = t[to].money + amount
    end)
  end
end

local circles, moved = 0, 0

local function scenario(count)
  local bank, other, threads, victims, counted = new_bank(), moons.Shared(), {}, {}, 0
  for i = 1, count do
    threads[i] = spawn(work, bank, other, 1600 // count, math.random(1 << 30))
  end
  for i = 1, 3 do victims[i] = spawn(be_cancelled, bank, math.random(1 << 30)) end
  for _, victim in ipairs(victims) do
    moons.sleep(math.random(3) / 1000)
    victim:cancel()
  end
  for _, thread in ipairs(threads) do
    local tally = thread:join()
    counted, circles, moved = counted + tally.counted, circles + tally.circles, moved + tally.moved
  end
  for _, victim in ipairs(victims) do pcall(victim.join, victim) end
  assert(sum(bank) == ACCOUNTS * EACH, "money was lost or made")
  assert(bank.count == counted, "an update was lost")
end

local finish = moons.clock() + 4
repeat
  for _, count in ipairs { 2, 8, 64 } do scenario(count) end
until moons.clock() > finish
print(("%d transfers, %d circles were found"):format(moved, circles))
