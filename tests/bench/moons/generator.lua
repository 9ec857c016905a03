-- generator FORM N: one value after the other is taken from a function that yields, N of them.
-- Plain Lua runs the forms without Generator, too, so it takes the time of the processor, the clock
-- that both have.
--   resume    coroutine.resume, which is sent a value     wrap   coroutine.wrap in a for loop
--   send      Generator:send                              loop   Generator in a for loop
--   delegate  Generator:send, through another one

local form, n = arg[1], math.tointeger(arg[2])

local function answer(value)
  local yield = coroutine.yield
  while true do value = yield(value) end
end

local forms = {}

function forms.resume(count)
  local resume, co = coroutine.resume, coroutine.create(answer)
  for i = 1, count do
    local _, value = resume(co, i)
    assert(value == i, "wrong value")
  end
end

function forms.send(count)
  local g = moons.Generator(answer)
  g:next()
  for i = 1, count do
    local value = g:send(i)
    assert(value == i, "wrong value")
  end
end

function forms.delegate(count)
  local g = moons.Generator(moons.delegate, moons.Generator(answer))
  g:next()
  for i = 1, count do
    local value = g:send(i)
    assert(value == i, "wrong value")
  end
end

local function numbers(last)
  local yield = coroutine.yield
  for i = 1, last do yield(i) end
end

local function sum_is_right(count, iterate)
  local sum = 0
  for i in iterate do sum = sum + i end
  assert(sum == count * (count + 1) // 2, "wrong sum")
end

function forms.wrap(count)
  sum_is_right(count, coroutine.wrap(function() numbers(count) end))
end

function forms.loop(count)
  sum_is_right(count, moons.Generator(numbers, count))
end

forms[form](n // 10)
local start = os.clock()
forms[form](n)
print("seconds_each", (os.clock() - start) / n)
