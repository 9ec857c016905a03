-- The lost update and its cure: five sensors count up one counter. From the item on Lock of a book
-- of advice on Python. Each read and each write of the shared counter is whole, but what lies
-- between them is not.

local function increment(counter)
  local count = counter.count
  moons.sleep(0.0001) -- others are at it meanwhile
  counter.count = count + 1
end

local function sense(counter, lock)
  for _ = 1, 100 do
    local _ <close> = lock and lock:hold()
    increment(counter)
  end
end

for _, lock in ipairs { false, Lock() } do
  local counter, sensors = moons.Shared { count = 0 }, {}
  for i = 1, 5 do sensors[i] = spawn(sense, counter, lock) end
  for _, sensor in ipairs(sensors) do sensor:join() end
  print(("%s lock: counter should be 500, found %d"):format(lock and "with" or "without",
    counter.count))
end
