-- Accounts, each an actor: no lock, since each does one thing after the other. One that fails
-- starts anew, until it has failed too often; who watches it hears of that.

local journal = Queue()

-- Its fields are its own: no other thread sees them.
local function open(name, balance)
  return moons.Actor({
    restart = "on_failure",
    max_restarts = 1,
    init = function(self, sum)
      self.balance = sum
      journal:put(name .. " begins with " .. sum)
    end,
    pay = function(self, sum, to)
      if sum > self.balance then error(name .. " can't pay " .. sum, 0) end
      self.balance = self.balance - sum
      if to then to:send("receive", sum) end
      return self.balance
    end,
    receive = function(self, sum) self.balance = self.balance + sum end,
    balance_now = function(self) return self.balance end,
  }, balance)
end

local alice, bob = open("Alice", 100), open("Bob", 50)
local ends = Queue()
alice:monitor(ends)

print("Alice pays 30:", alice:ask("pay", 30, bob):result())
print("Bob has:", bob:ask("balance_now"):result())
for _ = 1, 2 do
  local answer = alice:ask("pay", 1000, bob)
  print("Alice pays 1000:", pcall(answer.result, answer))
end
local word = ends:get()
print("Alice has " .. word.status .. ": " .. word.error)
print("Alice pays 1:", alice:send("pay", 1))
bob:close()
print("Bob has ended:", bob:join())

local lines = journal:get_many()
table.sort(lines)
print(table.concat(lines, "\n"))
