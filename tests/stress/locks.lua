-- Locks under random load: each guards an account of two halves that must agree whenever nobody is
-- inside. Some holders end without releasing; the next one is told, once, and mends the account.
--   moons tests/stress/locks.lua [seed]

local seed = math.tointeger(tonumber(arg[1] or os.getenv("MOONS_SEED"))) or os.time()
math.randomseed(seed)
print("seed " .. seed)

local THREADS <const>, LOCKS <const>, ROUNDS <const> = 8, 3, 400

local function new_account()
  local account = { lock = Lock(), inside = Queue(1), left = Queue(1), right = Queue(1) }
  account.left:put(0)
  account.right:put(0)
  return account
end

-- Runs inside: adds one to either half. With `die` the thread ends in the middle.
local function change(account, abandoned, die)
  if abandoned then
    assert(account.inside:try_get(), "abandoned, but nobody was inside")
    local left = account.left:get()
    account.right:get()
    account.left:put(left)
    account.right:put(left)
  end
  assert(account.inside:try_put(true), "two are inside")
  local left = account.left:get()
  account.left:put(left + 1)
  if die then return "died" end
  if math.random(10) == 1 then moons.sleep(0) end
  local right = account.right:get()
  assert(left == right, "the halves disagree")
  account.right:put(right + 1)
  assert(account.inside:try_get(), "somebody went out for us")
end

local function work(accounts, own_seed)
  math.randomseed(own_seed)
  local count, told = {}, 0
  for i = 1, LOCKS do count[i] = 0 end
  for round = 1, ROUNDS do
    local which = math.random(LOCKS)
    local account, way = accounts[which], math.random(3)
    local lock, ok, word = account.lock
    if way == 1 then
      ok, word = lock:acquire()
    elseif way == 2 then
      ok, word = lock:acquire(math.random(0, 2) / 1000)
    else
      ok = true
      local guard <close>, said = lock:hold()
      assert(guard)
      change(account, said == "abandoned")
      if said then told = told + 1 end
      count[which] = count[which] + 1
    end
    if way < 3 and ok then
      if word then told = told + 1 end
      count[which] = count[which] + 1
      local die = round > ROUNDS // 2 and math.random(200) == 1
      if change(account, word == "abandoned", die) == "died" then return count, told, 1 end
      lock:release()
    end
    if not ok then assert(word == "timeout", word) end
  end
  return count, told, 0
end

-- Everybody at once, then the books are checked: entries, and holders that died.
local function scenario()
  local accounts, threads, sums, told, died, entries = {}, {}, {}, 0, 0, 0
  for i = 1, LOCKS do accounts[i], sums[i] = new_account(), 0 end
  for i = 1, THREADS do threads[i] = spawn(work, accounts, math.random(1 << 30)) end
  for _, thread in ipairs(threads) do
    local count, more_told, more_died = thread:join()
    told, died = told + more_told, died + more_died
    for i = 1, LOCKS do sums[i] = sums[i] + count[i] end
  end
  for i, account in ipairs(accounts) do
    local _, word = account.lock:acquire()
    if word then told = told + 1 end
    account.lock:release()
    assert(account.left:get() == sums[i], "an update was lost")
    entries = entries + sums[i]
  end
  assert(told == died, ("%d holders died, %d were told"):format(died, told))
  return entries, died
end

local entries, died, finish = 0, 0, moons.clock() + 3
repeat
  local more_entries, more_died = scenario()
  entries, died = entries + more_entries, died + more_died
until moons.clock() > finish
print(("%d entries, %d holders died, each was told of once"):format(entries, died))
