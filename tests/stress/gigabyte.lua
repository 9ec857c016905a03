-- A gigabyte to a child and back again, in both directions at once. Where there is less than 8 GB
-- of free memory, or each byte costs more (sanitizers, valgrind), it is 16 MB.
--   moons tests/stress/gigabyte.lua [bytes]

local function free()
  local file <close> = assert(io.open "/proc/meminfo")
  return math.tointeger(file:read("a"):match("MemAvailable:%s*(%d+)")) << 10
end

local checked = os.getenv "MOONS_SLOW" or os.getenv "MOONS_CHAOS"
local size = math.tointeger(tonumber(arg[1])) or
  ((checked or free() < 8 << 30) and 16 << 20 or 1 << 30)
print(size .. " bytes")

local PIPE <const> = subprocess.PIPE
local part <const> = ("0123456789abcde\n"):rep(1 << 16)

do
  local p <close> = subprocess.Popen { "cat", stdin = PIPE, stdout = PIPE }
  local out = p:communicate(part:rep(size // #part))
  assert(#out == size and p.returncode == 0)
  for at = 1, size, 1 << 26 do
    assert(out:sub(at, at + #part - 1) == part, "mixed up")
  end
end
