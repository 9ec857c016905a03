-- Buffers that nobody holds any more must be collected in time, though Lua's collector sees only
-- their small handles: where they are made, where slices keep them, and where they arrive.
-- Under a sanitizer memory is not what it is, so there is less to do and nothing to measure.
local sanitized = os.getenv "MOONS_SLOW"
local COUNT <const> = sanitized and 300 or 4000
local MOST <const> = 600000 -- kilobytes; 4 GB are made

local function peak()
  for line in io.lines "/proc/self/status" do
    local kilobytes = line:match "^VmHWM:%s*(%d+)"
    if kilobytes then return tonumber(kilobytes) end
  end
end

local function check(what)
  if not sanitized then assert(peak() < MOST, what .. ": " .. peak() .. " kB") end
end

local function touched(size)
  return moons.Buffer(size):fill(1)
end

for _ = 1, COUNT do touched(1 << 20) end
check "made and dropped"

for _ = 1, COUNT // 10 do touched(1 << 20):slice(1, 2) end
check "kept by slices"

-- The maker lets go of them by its own collections; the receiver must by its own, too.
for _, part in ipairs { -1, 10 } do
  local queue = Queue(4)
  local taker = spawn(function()
    -- With a heap like this, a thousand small handles are no reason to collect.
    local heap, sum = {}, 0
    for i = 1, 300000 do heap[i] = { i } end
    for b in queue:iter() do sum = sum + b[1] end
    return sum, #heap
  end)
  for _ = 1, COUNT // 4 do queue:put(touched(1 << 20):slice(1, part)) end
  queue:close()
  assert(taker:join() == COUNT // 4)
  check "received"
end
