-- Two functions that take turns: each goes on where it stopped, and nothing decides when but the
-- script. From a page on coroutines in Python (A and B).

local function A()
  print("1")
  print("2")
  coroutine.yield()
  print("3")
end

local function B()
  print("x")
  print("y")
  coroutine.yield()
  print("z")
end

local a, b = moons.Generator(A), moons.Generator(B)
while a:status() ~= "finished" or b:status() ~= "finished" do
  a:next()
  b:next()
end
