-- Two threads change one balance: each adds a sum and takes the same sum 100,000 times, so it
-- should be 0 at the end. Without a lock one thread writes over what the other has just written.

local function change(account, n)
  account.balance = account.balance + n
  account.balance = account.balance - n
end

local ways = {
  { "without a lock", change },
  { "with a lock", function(account, n, lock)
    lock:acquire()
    change(account, n)
    lock:release()
  end },
  { "by update", function(account, n)
    account:update("balance", function(balance) return balance + n end)
    account:update("balance", function(balance) return balance - n end)
  end },
}

local function run_thread(change_it, account, n, lock)
  for _ = 1, 100000 do change_it(account, n, lock) end
end

for _, way in ipairs(ways) do
  local name, change_it = way[1], way[2]
  local account, lock = moons.Shared { balance = 0 }, Lock()
  local five = spawn(run_thread, change_it, account, 5, lock)
  local eight = spawn(run_thread, change_it, account, 8, lock)
  five:join()
  eight:join()
  print(("%s: the balance is %d"):format(name, account.balance))
end
