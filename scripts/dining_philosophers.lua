-- Five philosophers, five forks, each eats with the two beside him. Everybody takes the fork with
-- the lower number first: so there can be no circle of those who wait for one another.

local SEATS <const>, MEALS <const> = 5, 100

local forks = {}
for i = 1, SEATS do forks[i] = Lock() end

local function dine(seat, first, second)
  for _ = 1, MEALS do
    local _ <close> = first:hold()
    local _ <close> = second:hold()
    moons.sleep(0.0001)
  end
  return ("philosopher %d has eaten %d times"):format(seat, MEALS)
end

local philosophers = {}
for seat = 1, SEATS do
  local a, b = seat, seat % SEATS + 1
  philosophers[seat] = spawn(dine, seat, forks[math.min(a, b)], forks[math.max(a, b)])
end
for _, philosopher in ipairs(philosophers) do print(philosopher:join()) end
