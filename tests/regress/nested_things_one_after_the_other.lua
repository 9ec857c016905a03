-- Naming what was refused took a place on the Lua stack at every level on the way back, without
-- asking for it. Whether that hit anything depended on what had been sent before: so all sorts of
-- nesting, of all lengths around the limits of depth, one after the other, accepted and refused.

local refused = coroutine.create(print)

-- How v gets one level deeper; `i` is the level.
local nests = {}

function nests.tables(v) return { v } end

function nests.keys(v) return { [type(v) == "table" and v or { v }] = true } end

function nests.metatables(v) return setmetatable({}, type(v) == "table" and v or { v }) end

function nests.inheritance(v)
  local class = setmetatable({ type(v) ~= "table" and v or nil }, type(v) == "table" and v or nil)
  class.__index = class
  return class
end

function nests.upvalues(v) return function() return v end end

function nests.transfer(v)
  return setmetatable({}, { __transfer = function() return select, 1, v end })
end

function nests.preload_by_upvalue(v, i)
  local name = "nested" .. i
  package.loaded[name] = { f = print, v }
  package.preload[name] = function() return { f = print, v } end
  return package.loaded[name]
end

function nests.preload_by_global(v, i)
  local name = "nested" .. i
  _G[name] = v
  package.loaded[name] = { f = print, v }
  package.preload[name] = load("return { f = print, " .. name .. " }")
  return package.loaded[name]
end

function nests.global(v, i)
  _G["nested" .. i] = v
  return load("return nested" .. i)
end

local names = {}
for name in pairs(nests) do names[#names + 1] = name end
table.sort(names)

local kinds = #names
function nests.mixed(v, i) return nests[names[i * 7 % kinds + 1]](v, i) end
names[#names + 1] = "mixed"

local function clean(length)
  for i = 1, length do
    local name = "nested" .. i
    package.loaded[name], package.preload[name], _G[name] = nil, nil, nil
  end
end

local step = tonumber(arg and arg[1]) or os.getenv "MOONS_SLOW" and 72 or 5
local queue = Queue()
for length = 85, 300, step do
  for _, name in ipairs(names) do
    for _, last in ipairs { true, refused } do
      local v = last
      for i = 1, length do v = nests[name](v, i) end
      local ok, message = pcall(queue.put, queue, v)
      clean(length)
      assert(not (ok and last == refused), name)
      assert(ok or message:find "^cannot send " or message:find "C stack overflow", message)
      if ok then pcall(queue.get, queue, 0) end
    end
  end
end
