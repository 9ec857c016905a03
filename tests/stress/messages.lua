-- Random values there and back through a queue and a thread, compared deep: nested tables with
-- shared references and cycles, all kinds of keys, strings with any bytes, every sort of number;
-- objects of classes that inherit and change, closures that share variables, what has a name,
-- shared objects, what is rebuilt by __transfer; all that also below the depth where contents are
-- put off.
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

local random_value

-- Classes: each inherits from one before it, and knows its own objects. They are replaced by new
-- ones now and then, and get new fields.
local classes, is_class = {}, setmetatable({}, { __mode = "k" })

local function new_class(parent)
  local class = setmetatable({ tag = new_number() }, parent)
  class.__index = class
  function class.is_mine(object) return getmetatable(object) == class end
  is_class[class] = true
  return class
end

-- A class whose objects are rebuilt from their fields.
local Rebuilt = new_class()
function Rebuilt:__transfer()
  return function(a, b) return setmetatable({ a = a, b = b }, Rebuilt) end, self.a, self.b
end

local function random_class()
  local i = math.random(5)
  local class = classes[i]
  if not class or math.random(20) == 1 then
    class = new_class(classes[math.random(5)])
    classes[i] = class
  end
  if math.random(10) == 1 then class["field" .. math.random(3)] = random_scalar() end
  return class
end

local function random_key(known)
  if math.random(4) > 1 then return random_scalar() end
  local key = setmetatable({ number = new_number() }, math.random(2) == 1 and random_class() or nil)
  known[#known + 1] = key
  return key
end

local function fill(t, depth, known)
  for i = 1, math.random(0, 6) do
    if math.random(10) > 1 then t[i] = random_value(depth - 1, known) end
  end
  for _ = 1, math.random(0, 6) do
    local key = random_key(known)
    if key == key then t[key] = random_value(depth - 1, known) end
  end
end

local makers = {}

function makers.table(depth, known)
  local t = {}
  known[#known + 1] = t
  fill(t, depth, known)
  return t
end

function makers.object(depth, known)
  local class = random_class()
  local t = setmetatable({}, class)
  known[#known + 1] = t
  if math.random(4) == 1 then known[#known + 1] = class end
  fill(t, depth, known)
  return t
end

-- Three closures with two variables, which two of them share; one calls itself.
function makers.closures(depth, known)
  local a, b
  local function get() return a, b end
  local function set(x, y) a, b = x, y end
  local function recursive(n) return n == 0 and a or recursive(n - 1) end
  known[#known + 1], known[#known + 2], known[#known + 3] = get, set, recursive
  a, b = random_value(depth - 1, known), random_value(depth - 1, known)
  return ({ get, set, recursive })[math.random(3)]
end

-- What hangs on it knows nothing outside: no value can contain itself by way of __transfer.
function makers.rebuilt(depth, known)
  local t = setmetatable({}, Rebuilt)
  t.a, t.b = random_value(depth - 1, {}), random_value(depth - 1, {})
  known[#known + 1] = t
  return t
end

local named = { print, string.format, string, _G, moons, Queue, io.write, Queue(), Queue(), Lock() }
function makers.named() return named[math.random(#named)] end

-- A value at the end of a chain, around the depth at which contents are put off.
function makers.chain(depth, known)
  local v = random_value(depth - 1, known)
  for _ = 1, math.random(4) == 1 and math.random(85, 115) or math.random(5) do
    local inner, kind = v, math.random(4)
    if kind == 1 then v = function() return inner end end
    if kind == 2 then v = { inner, x = inner } end
    if kind == 3 then v = { { inner } } end
    if kind == 4 then v = setmetatable({ inner }, random_class()) end
  end
  return v
end

local kinds = { "table", "table", "table", "table", "object", "object", "closures", "rebuilt",
  "named", "chain" }

-- A value of that depth at most, of about 100 tables at most; known ones come again now and then.
function random_value(depth, known)
  if #known > 0 and math.random(8) == 1 then return known[math.random(#known)] end
  if depth <= 0 or #known > 100 or math.random(3) == 1 then
    return random_scalar()
  end
  return makers[kinds[math.random(#kinds)]](depth, known)
end

-- Like rawequal, with the sign of zero and the sort of number.
local function same_scalar(a, b)
  return rawequal(a, b) and math.type(a) == math.type(b)
    and (math.type(a) ~= "float" or a ~= 0 or 1 / a == 1 / b)
end

-- The keys of t that are tables, by the number that such tables have.
local function numbered_keys(t)
  local keys = {}
  for key in next, t do
    if type(key) == "table" then keys[rawget(key, "number")] = key end
  end
  return keys
end

-- True when a and b stand for each other, as far as is known; from now on they do. `partner` maps
-- what was met to what it stands for, both ways, so that sharing must be the same.
local function are_partners(a, b, partner)
  if partner[a] or partner[b] then return partner[a] == b and partner[b] == a end
  partner[a], partner[b] = b, a
  return true
end

local same

local function same_function(a, b, partner)
  if string.dump(a) ~= string.dump(b) then return false end
  for i = 1, 255 do
    local name, x = debug.getupvalue(a, i)
    local _, y = debug.getupvalue(b, i)
    if not name then break end
    if not are_partners(debug.upvalueid(a, i), debug.upvalueid(b, i), partner)
      or not same(x, y, partner) then
      return false
    end
  end
  return true
end

-- True when b has the shape of a. What has a name, shared objects and classes come home as they
-- were.
function same(a, b, partner)
  if rawequal(a, b) and type(a) ~= "number" then return true end
  local kind = type(a)
  if kind ~= type(b) or is_class[a] then return false end
  if kind ~= "table" and kind ~= "function" then return same_scalar(a, b) end
  if partner[a] then return partner[a] == b and partner[b] == a end
  if not are_partners(a, b, partner) then return false end
  if kind == "function" then return same_function(a, b, partner) end
  if getmetatable(a) ~= getmetatable(b) then return false end
  local count, keys = 0, numbered_keys(b)
  for key, value in next, a do
    local other = key
    if type(key) == "table" then
      other = keys[key.number]
      if not same(key, other, partner) then return false end
    end
    if not same(value, rawget(b, other), partner) then return false end
    count = count + 1
  end
  for key in next, b do
    if math.type(key) == "float" and math.tointeger(key) then return false end
    count = count - 1
  end
  return count == 0
end

-- True when the objects directly in the value know their class.
local function knows_classes(value)
  if type(value) ~= "table" then return true end
  for _, part in next, value do
    local is_object = type(part) == "table" and getmetatable(part) and not rawget(part, "is_mine")
    if is_object and not part:is_mine() then return false end
  end
  return true
end

local to, from = Queue(), Queue()
local echo <close> = spawn(function()
  local _ <close> = setmetatable({}, { __close = function() from:close() end })
  for value in to:iter() do
    assert(knows_classes(value))
    from:put(value)
  end
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
