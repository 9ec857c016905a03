-- Dropping a queue that holds a queue that holds a queue ... took a C frame for each.
local q = Queue()
for _ = 1, os.getenv "MOONS_SLOW" and 20000 or 200000 do
  local outer = Queue()
  outer:put(q)
  q = outer
end
q = nil
collectgarbage()
