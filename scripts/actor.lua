-- Actors: objects that do one thing after the other in a thread of their own, as they are told.
-- From a summary of concurrency in Python (Actor, PrintActor, TaggedActor).

local Actor = {}
Actor.__index = Actor

function Actor:extend()
  local class = setmetatable({}, self)
  class.__index = class
  return class
end

function Actor:new() return setmetatable({ inbox = Queue() }, self) end

-- The thread has a copy of the actor, with the same inbox.
function Actor:start() self.thread = spawn(function() self:run() end) end

function Actor:send(message) self.inbox:put(message) end
function Actor:messages() return self.inbox:iter() end
function Actor:close() self.inbox:close() end
function Actor:join() self.thread:join() end

local PrintActor = Actor:extend()

function PrintActor:run()
  for message in self:messages() do print("Got: " .. message) end
end

local p = PrintActor:new()
p:start()
p:send("Hello")
p:send("World")
p:close()
p:join()

local TaggedActor = Actor:extend()

function TaggedActor:run()
  for message in self:messages() do self["do_" .. message[1]](self, table.unpack(message, 2)) end
end

function TaggedActor:do_A(x) print("Running A " .. x) end
function TaggedActor:do_B(x, y) print("Running B " .. x .. " " .. y) end

local a = TaggedActor:new()
a:start()
a:send { "A", 1 }
a:send { "B", 2, 3 }
a:close()
a:join()
