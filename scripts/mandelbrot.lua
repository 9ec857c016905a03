-- The Mandelbrot set as a PNG picture. The rows are computed in parallel by Pool:imap, which gives
-- them in order; the workers also pack each row as a part of the PNG file, checksums included.
--   moons scripts/mandelbrot.lua [WIDTH HEIGHT [FILE.png [WORKERS]]]

local WIDTH <const> = math.tointeger(arg[1] or 900)
local HEIGHT <const> = math.tointeger(arg[2] or 600)
local FILE <const> = arg[3] or "mandelbrot.png"
local WORKERS <const> = math.tointeger(arg[4] or moons.cpu_count())

local LIMIT <const> = 1000             -- who has not escaped after so many steps counts as inside
local SCALE <const> = math.max(3.2 / WIDTH, 2.4 / HEIGHT)

-- ---- the picture ----

-- The colour of a point by how soon it escapes, in steps and parts of a step: 0 is inside.
local function colour(x, y)
  local a, b, a2, b2 = 0.0, 0.0, 0.0, 0.0
  for step = 1, LIMIT do
    a, b = a2 - b2 + x, 2 * a * b + y
    a2, b2 = a * a, b * b
    if a2 + b2 > 64 then
      local smooth = step + 3 - math.log(math.log(a2 + b2, 2), 2)
      return 1 + math.floor(40 * math.log(smooth)) % 255
    end
  end
  return 0
end

local function row(number)
  local y <const>, colours = (HEIGHT + 1 - 2 * number) / 2 * SCALE, {}
  for i = 1, WIDTH do
    colours[i] = string.char(colour((i - 0.5 - WIDTH / 2) * SCALE - 0.7, y))
  end
  return table.concat(colours)
end

-- Black for the inside, then once round from blue through white and gold.
local function palette()
  local entries = { "\0\0\0" }
  local function part(turn) return math.floor(127.5 + 127.5 * math.cos(2 * math.pi * turn)) end
  for i = 1, 255 do
    local turn = i / 255
    entries[i + 1] = string.char(part(turn - 0.55), part(turn - 0.45), part(turn - 0.35))
  end
  return table.concat(entries)
end

-- ---- PNG ----

local crc_table = {}
for byte = 0, 255 do
  local crc = byte
  for _ = 1, 8 do crc = crc & 1 == 1 and 0xEDB88320 ~ crc >> 1 or crc >> 1 end
  crc_table[byte] = crc
end

local function crc32(text)
  local crc = 0xFFFFFFFF
  for i = 1, #text do crc = crc_table[(crc ~ text:byte(i)) & 0xFF] ~ crc >> 8 end
  return crc ~ 0xFFFFFFFF
end

local function chunk(kind, data)
  return string.pack(">I4c4", #data, kind) .. data .. string.pack(">I4", crc32(kind .. data))
end

-- The sums of Adler-32 for these bytes alone, which `join_sums` puts behind those before.
local function sums(text)
  local low, high = 0, 0
  for i = 1, #text do
    low = low + text:byte(i)
    high = high + low
  end
  return low, high
end

local function join_sums(before, low, high, length)
  local first, second = before & 0xFFFF, before >> 16
  return (second + length * first + high) % 65521 << 16 | (first + low) % 65521
end

-- A row as a chunk of its own: a block of deflate, not compressed; 0 says that it has no filter.
local function packed_row(number)
  local line = "\0" .. row(number)
  local block = string.pack("<BI2I2", number == HEIGHT and 1 or 0, #line, ~#line & 0xFFFF) .. line
  return { chunk("IDAT", block), sums(line) }
end

assert(WIDTH and WIDTH > 0 and WIDTH < 65535 and HEIGHT and HEIGHT > 0, "a picture has a size")
local start <const> = moons.clock()
local file <close> = assert(io.open(FILE, "wb"))
file:write("\137PNG\r\n\26\n",
  chunk("IHDR", string.pack(">I4I4BBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)),
  chunk("PLTE", palette()), chunk("IDAT", "\x78\x01"))
local adler, numbers = 1, {}
for i = 1, HEIGHT do numbers[i] = i end
do
  local pool <close> = Pool(WORKERS)
  for part in pool:imap(packed_row, numbers) do
    file:write(part[1])
    adler = join_sums(adler, part[2], part[3], WIDTH + 1)
  end
end
file:write(chunk("IDAT", string.pack(">I4", adler)), chunk("IEND", ""))
print(("%s: %d x %d in %.2f s by %d"):format(FILE, WIDTH, HEIGHT, moons.clock() - start, WORKERS))
