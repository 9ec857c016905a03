-- The lost update and its cure: two threads pay in and take out the same sums, which must leave
-- nothing. From the Lock chapter of a Python tutorial (its `balance`). Threads share no variables
-- here, so the account is a queue of one place: each read and each write of it is whole.

local lock = Lock()

local function read(account)
  local balance = account:get()
  account:put(balance)
  return balance
end

local function add(account, sum)
  local balance = read(account) + sum
  account:get()          -- somebody else may have written since
  account:put(balance)
end

local function change(account, sum, guarded)
  for _ = 1, 10000 do
    local _ <close> = guarded and lock:hold()
    add(account, sum)
    add(account, -sum)
  end
end

for _, guarded in ipairs { false, true } do
  local account = Queue(1)
  account:put(0)
  local a, b = spawn(change, account, 5, guarded), spawn(change, account, 8, guarded)
  a:join()
  b:join()
  print(guarded and "with the lock:" or "without the lock:", account:get())
end
