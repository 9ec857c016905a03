-- An actor with a handler for each kind of message. From a summary of concurrency in Python
-- (TaggedActor).

local a = moons.Actor {
  A = function(_, x) print("Running A " .. x) end,
  B = function(_, x, y) print("Running B " .. x .. " " .. y) end,
}

a:send("A", 1)    -- calls A with 1
a:send("B", 2, 3) -- calls B with 2 and 3
a:close()
a:join()
