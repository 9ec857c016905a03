-- 1,024 buyers take from one stock until it is gone. Each counts what it took: together they must
-- have taken all there was, and the stock must not be below zero.
--   moons scripts/buyers.lua [stock [buyers]]

local total <const> = math.tointeger(tonumber(arg[1] or 200000))
local crowd <const> = math.tointeger(tonumber(arg[2] or 1024))

-- Takes one, unless nothing is left.
local function take(stock)
  if stock.count <= 0 then return false end
  stock.count = stock.count - 1
  return true
end

local ways = {
  { "without a lock", take },
  { "with a lock", function(stock, lock) return lock:with(take, stock) end },
  { "by transaction", function(stock) return stock:transaction(take) end },
}

local function buy(take_one, stock, lock)
  local bought = 0
  while take_one(stock, lock) do bought = bought + 1 end
  return bought
end

for _, way in ipairs(ways) do
  local name, take_one = way[1], way[2]
  local stock, lock, buyers, bought = moons.Shared { count = total }, Lock(), {}, 0
  for i = 1, crowd do buyers[i] = spawn(buy, take_one, stock, lock) end
  for _, buyer in ipairs(buyers) do bought = bought + buyer:join() end
  print(("%s: %d of %d sold, %d left"):format(name, bought, total, stock.count))
end
