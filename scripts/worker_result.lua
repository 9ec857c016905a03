-- A worker that is given functions to run, and results to wait for. From a summary of concurrency
-- in Python (Result, Worker); pools and futures do the same with more comfort.

local Result = {}
Result.__index = Result

function Result:new()
  return setmetatable({ event = moons.Event(), outcome = Queue(1) }, self)
end

function Result:set(...)
  self.outcome:put(table.pack(...))
  self.event:set()
end

function Result:get()
  self.event:wait()
  local outcome = self.outcome:peek()
  if not outcome[1] then error(outcome[2], 0) end
  return table.unpack(outcome, 2, outcome.n)
end

local Worker = {}
Worker.__index = Worker

function Worker:new() return setmetatable({ inbox = Queue() }, self) end

function Worker:start()
  self.thread = spawn(function()
    for call in self.inbox:iter() do
      call.result:set(pcall(call.f, table.unpack(call, 1, call.n)))
    end
  end)
end

function Worker:submit(f, ...)
  local call = table.pack(...)
  call.f, call.result = f, Result:new()
  self.inbox:put(call)
  return call.result
end

function Worker:close()
  self.inbox:close()
  self.thread:join()
end

local function pow(x, y) return x ^ y end

local worker = Worker:new()
worker:start()
local result = worker:submit(pow, 2, 3)
print(result:get())
print(result:get() == worker:submit(math.max, 7.0, 8.0):get())
print(pcall(Result.get, worker:submit(function() error("no result", 0) end)))
worker:close()
