-- Random values there and back through a queue and a thread, compared deep: nested tables with
-- shared references and cycles, all kinds of keys, strings with any bytes, every sort of number.
--   moons tests/stress/messages.lua [seed]

local seed = math.tointeger(tonumber(arg[1] or os.getenv("MOONS_SEED"))) or os.time()
math.randomseed(seed)
print("seed " .. seed)

local integers = { 0, 1, -1, 127, 128, -128, -129, 255, 256, 65535, 65536, -32769, 1 << 31, 1 << 32,
  1 << 53, math.maxinteger, math.mininteger }
local floats = { 0.0, -0.0, 0.5, 1e-320, 1e308, 2 ^ 53, 1 / 3, math.huge, -math.huge, math.pi }

local function random_string()
  local bytes = {}
  for i = 1, math.random(4) == 1 and math.random(0, 300) or math.random(0, 50) do
    bytes[i] = string.char(math.random(0, 255))
  end
  return table.concat(bytes)
end

local function random_scalar()
  local kind = math.random(6)
  if kind == 1 then return integers[math.random(#integers)] end
  if kind == 2 then return floats[math.random(#floats)] end
  if kind == 3 then return math.random(0) end
  if kind == 4 then return math.random() end
  if kind == 5 then return math.random(2) == 1 end
  return random_string()
end

-- Tables that are keys are numbered, so that they can be told from each other.
local last_number = 0
local function new_number()
  last_number = last_number + 1
  return last_number
end

-- A value of that depth at most, of about 100 tables at most; known ones come again now and then.
local function random_value(depth, known)
  if #known > 0 and math.random(8) == 1 then return known[math.random(#known)] end
  if depth == 0 or #known > 100 or math.random(3) == 1 then
    return random_scalar()
  end
  local t = {}
  known[#known + 1] = t
  for i = 1, math.random(0, 6) do
    if math.random(10) > 1 then t[i] = random_value(depth - 1, known) end
  end
  for _ = 1, math.random(0, 6) do
    local key = random_value(math.random(0, 1), known)
    if type(key) == "table" then key.number = key.number or new_number() end
    if key == key then t[key] = random_value(depth - 1, known) end
  end
  return t
end

-- Like rawequal, with the sign of zero and the sort of number.
local function same_scalar(a, b)
  return rawequal(a, b) and math.type(a) == math.type(b)
    and (math.type(a) ~= "float" or a ~= 0 or 1 / a == 1 / b)
end

-- The keys of t that are tables, by the number that such tables have.
local function numbered_keys(t)
  local keys = {}
  for key in pairs(t) do
    if type(key) == "table" then keys[key.number] = key end
  end
  return keys
end

-- True when b has the shape of a. `partner` maps each table met to the one it stands for, both
-- ways, so that sharing must be the same.
local function same(a, b, partner)
  if type(a) ~= "table" or type(b) ~= "table" then return same_scalar(a, b) end
  if partner[a] or partner[b] then return partner[a] == b and partner[b] == a end
  partner[a], partner[b] = b, a
  local count, keys = 0, numbered_keys(b)
  for key, value in pairs(a) do
    local other = key
    if type(key) == "table" then
      other = keys[key.number]
      if not same(key, other, partner) then return false end
    end
    if not same(value, b[other], partner) then return false end
    count = count + 1
  end
  for key in pairs(b) do
    if math.type(key) == "float" and math.tointeger(key) then return false end
    count = count - 1
  end
  return count == 0
end

local to, from = Queue(), Queue()
local echo <close> = spawn(function()
  for value in to:iter() do from:put(value) end
end)

local finish, count = moons.clock() + 3, 0
repeat
  local value = random_value(math.random(0, 5), {})
  to:put(value)
  local back = from:get()
  if not same(value, back, {}) then
    error(("value %d came back changed (%s, %s)"):format(count, value, back))
  end
  count = count + 1
until moons.clock() > finish

-- Long strings and lists, the sizes around which encodings change.
for _, size in ipairs { 0, 1, 40, 41, 47, 48, 49, 63, 64, 255, 256, 65535, 65536, 1 << 20 } do
  local text = ("x"):rep(size)
  to:put(text)
  assert(from:get() == text)
  local list = {}
  for i = 1, math.min(size, 100000) do list[i] = i * 3 end
  to:put(list)
  assert(same(list, from:get(), {}))
end
to:close()
assert(echo:join() == nil)
print(count .. " values came back as they went")
