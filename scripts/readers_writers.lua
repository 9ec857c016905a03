-- Readers and writers: many read a page at the same time, and nobody while it is being written.
-- Each of the page's two halves is whole by itself; that they agree is what the lock is for.

local lock, over = moons.RWLock(), moons.Event()
local left, right, reading, together = Queue(1), Queue(1), Queue(), Queue()
left:put(0)
right:put(0)

local function peek(half)
  local value = half:get()
  half:put(value)
  return value
end

local function read()
  local reads = 0
  while not over:is_set() do
    local _ <close> = lock:hold_read()
    reading:put(true)
    if #reading > 1 then together:put(true) end
    assert(peek(left) == peek(right), "the halves disagree")
    reading:get()
    reads = reads + 1
  end
  return reads
end

local function write()
  for _ = 1, 100 do
    lock:with_write(function()
      assert(#reading == 0, "somebody reads")
      left:put(left:get() + 1)
      moons.sleep(0.0001)
      right:put(right:get() + 1)
    end)
  end
end

local readers, writers, reads = {}, {}, 0
for i = 1, 4 do readers[i] = spawn(read) end
for i = 1, 2 do writers[i] = spawn(write) end
for _, writer in ipairs(writers) do writer:join() end
over:set()
for _, reader in ipairs(readers) do reads = reads + reader:join() end
print(("written %d times, read %d times, sometimes together: %s"):format(peek(left), reads,
  #together > 0))
