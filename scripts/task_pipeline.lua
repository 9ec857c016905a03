-- The pipeline of pipeline.lua within one thread: each stage is a task with a bounded queue before
-- it. A stage that is ahead waits, and the others run meanwhile. What they have in common needs no
-- lock.

local in_hand, most = 0, 0

local function download(n)
  in_hand = in_hand + 1
  most = math.max(most, in_hand)
  return { name = "photo" .. n, pixels = ("rgb"):rep(n) }
end

local function resize(photo)
  if photo.name:find "0$" then moons.sleep(0.0001) end -- takes longer, and holds up the others
  photo.pixels = photo.pixels:sub(1, 30)
  return photo
end

local function upload(photo)
  in_hand = in_hand - 1
  return photo.name
end

local function stage(work, from, to)
  local count = 0
  for item in from:iter() do
    to:put(work(item))
    count = count + 1
  end
  to:close()
  return count
end

local downloads, resizes, uploads, done = Queue(8), Queue(8), Queue(8), Queue()
local stages = {
  moons.task(stage, download, downloads, resizes),
  moons.task(stage, resize, resizes, uploads),
  moons.task(stage, upload, uploads, done),
}

for n = 1, 1000 do downloads:put(n) end
downloads:close()
print("through each stage:", table.unpack(moons.gather(stages)))

local in_order = true
for n = 1, 1000 do in_order = in_order and done:get() == "photo" .. n end
print("in order:", in_order)
print("never more in hand than the queues have room for:", most <= 8 + 8 + 3)
