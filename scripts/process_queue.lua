-- A process that writes into a queue and one that reads from it; the reader ends when nothing came
-- for a second. From the chapter on queues between processes of a Python tutorial
-- (multiprocessing).
--   moons scripts/process_queue.lua

local queue = Queue()

local function write()
  print("Process to write: " .. moons.getpid())
  for _, value in ipairs { "A", "B", "C" } do
    print(("Put %s to queue..."):format(value))
    queue:put(value)
    moons.sleep(math.random())
  end
end

local function read()
  print("Process to read: " .. moons.getpid())
  while true do
    local value, why = queue:get(1)
    if not value then return why end
    print(("Get %s from queue."):format(value))
  end
end

local writer, reader = moons.process(write), moons.process(read)
writer:join()
print("Reader ended: " .. reader:join())
