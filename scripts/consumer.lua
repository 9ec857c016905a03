-- Producer and consumer in one thread, without locks and queues: send runs the consumer up to its
-- next yield. From a page on coroutines in Python (consumer, produce).

local function consumer()
  local r = ""
  while true do
    local n = coroutine.yield(r)
    if not n then return end
    print(("[CONSUMER] Consuming %d..."):format(n))
    r = "200 OK"
  end
end

local function produce(c)
  c:next()
  for n = 1, 5 do
    print(("[PRODUCER] Producing %d..."):format(n))
    local r = c:send(n)
    print(("[PRODUCER] Consumer return: %s"):format(r))
  end
  c:close()
end

produce(moons.Generator(consumer))
