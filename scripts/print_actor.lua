-- An actor: it does one message after the other, on a thread of its own. From a summary of
-- concurrency in Python (Actor, PrintActor).

local p = moons.Actor(function(_, message) print("Got: " .. message) end)

p:send("Hello")
p:send("World")
p:close()
p:join()
