-- A writer and a reader on one queue; the reader ends when nothing came for a second. From the
-- chapter on queues between processes of a Python tutorial (multiprocessing); in threads here.

local function write(queue)
  print("Thread to write: " .. moons.current():name())
  for _, value in ipairs { "A", "B", "C" } do
    print(("Put %s to queue..."):format(value))
    queue:put(value)
    moons.sleep(math.random())
  end
end

local function read(queue)
  print("Thread to read: " .. moons.current():name())
  while true do
    local value, why = queue:get(1)
    if not value then return why end
    print(("Get %s from queue."):format(value))
  end
end

local queue = Queue()
local writer, reader = spawn(write, queue), spawn(read, queue)
writer:join()
print("Reader ended: " .. reader:join())
