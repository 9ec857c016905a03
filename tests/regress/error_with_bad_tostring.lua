-- An error value whose __tostring fails was replaced by that failure.
local bad = setmetatable({ code = 7 }, { __tostring = function() error "no text" end })
local thread = spawn(function() error(bad) end)
local ok, value = pcall(thread.join, thread)
assert(not ok and type(value) == "table" and value.code == 7)

-- An error of a cancelled thread that only ends in the word was taken for the cancellation.
thread = spawn(function()
  pcall(moons.sleep, 100)
  error("the payment 123 was cancelled", 0)
end)
while not thread:waiting() do moons.sleep(0.001) end
thread:cancel()
ok, value = pcall(thread.join, thread)
assert(not ok and value == "the payment 123 was cancelled" and thread:status() == "failed")
