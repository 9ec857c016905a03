-- A hook that sends a message whose hook sends a message ...: Lua counted its own calls only, and
-- the C stack was full before. The same where messages are received while others are rebuilt.

local LEVELS = 92 -- of tables and __transfer within each other, close to the limit

local function same(v) return v end
local function deep(v)
  for _ = 1, LEVELS do
    local inner = { v }
    v = setmetatable({}, { __transfer = function() return same, inner end })
  end
  return v
end

-- A class in deep(), and deep(v) in the class: it is encoded on its own, meanwhile.
local function deeper(v)
  local class = { deep(v) }
  class.__index = class
  return deep(class)
end

local function sending(n)
  return deeper(setmetatable({}, { __transfer = function()
    Queue():put(sending(n + 1))
    return same, 1
  end }))
end

local function send()
  local ok, message = pcall(sending, 1)
  assert(ok, message)
  ok, message = pcall(Queue().put, Queue(), message)
  assert(not ok and message:find "C stack overflow", message)
end

local function receive(queue)
  local receiving = setmetatable({}, { __transfer = function()
    return function() return #queue > 0 and queue:get() or 1 end
  end })
  for _ = 1, 150 do queue:put(deeper(receiving)) end
  local ok, message = pcall(queue.get, queue)
  assert(not ok and message:find "C stack overflow", message)
  queue:close(true)
end

send()
spawn(send):join()
receive(Queue())
spawn(receive, Queue()):join()
