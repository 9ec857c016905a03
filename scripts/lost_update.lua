-- The lost update and its cure: five sensors count up one counter. From the item on Lock of a book
-- of advice on Python. Threads share no variables here, so the counter is a queue of one place:
-- each read and each write of it is whole, but what lies between them is not.

local function read(counter)
  local count = counter:get()
  counter:put(count)
  return count
end

local function increment(counter)
  local count = read(counter)
  moons.sleep(0.0001) -- others are at it meanwhile
  counter:get()
  counter:put(count + 1)
end

local function sense(counter, lock)
  for _ = 1, 100 do
    local _ <close> = lock and lock:hold()
    increment(counter)
  end
end

for _, lock in ipairs { false, Lock() } do
  local counter, sensors = Queue(1), {}
  counter:put(0)
  for i = 1, 5 do sensors[i] = spawn(sense, counter, lock) end
  for _, sensor in ipairs(sensors) do sensor:join() end
  print(("%s lock: counter should be 500, found %d"):format(lock and "with" or "without",
    counter:get()))
end
