-- Generators by hand: what is sent is what yield returns, and delegate gets the other one's result.
-- From the item on coroutines of a book of advice on Python (my_coroutine, second_coroutine).

local function my_coroutine()
  while true do
    local received = coroutine.yield()
    print("Received: " .. received)
  end
end

local it = moons.Generator(my_coroutine)
it:next()
it:send("First")
it:send("Second")

local function first_coroutine()
  for i = 1, 2 do coroutine.yield(i) end
  return "the first one's result"
end

local function second_coroutine()
  local a = moons.delegate(moons.Generator(first_coroutine))
  return a
end

local second = moons.Generator(second_coroutine)
for i in second do print(i) end
print(second:result())
