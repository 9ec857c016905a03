-- A transaction whose function failed within a coroutine stayed open while its thread lived, with
-- what it had written, and all other threads waited.
local s = moons.Shared { n = 1 }
local function resume(f, ...) return coroutine.resume(coroutine.create(f), ...) end

assert(not resume(function()
  s:transaction(function()
    s.n = 9
    error("broken")
  end)
end))
assert(s.n == 1)
assert(not resume(s.update, s, "n", error))
assert(not resume(s.update, s, "n", function() return io.stdout end))
assert(not resume(s.transaction, s, coroutine.yield))
assert(select(2, resume(s.transaction, s, function() s.n = 2 return 7 end)) == 7)
assert(select(2, resume(s.update, s, "n", function(n, d) return n + d end, 3)) == 5)
assert(spawn(function() s.n = s.n + 1 return s.n end):join(5) == 6)
