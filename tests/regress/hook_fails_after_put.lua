-- A hook that raised just when a comparing put had put its value had the value freed, and queued.
local queue = moons.PriorityQueue { less = function(a, b) return a.n < b.n end }
local text = ("x"):rep(1000)

-- Runs f with a hook that raises at the k-th return, for each k.
local function run(f, ...)
  for k = 1, 60 do
    local returns = 0
    local co = coroutine.create(f)
    debug.sethook(co, function()
      returns = returns + 1
      if returns == k then error("hook") end
    end, "r")
    coroutine.resume(co, ...)
    debug.sethook(co)
  end
end

queue:put { n = 1, text = text }
run(queue.put, queue, { n = 2, text = text })
run(queue.put_many, queue, { { n = 3, text = text }, { n = 4, text = text } })
assert(#queue > 60)
for _ = 1, #queue do assert(queue:get().text == text) end
