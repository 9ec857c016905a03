-- progress/progress.lua -- what moons.progress and the option `progress` make of their arguments.
-- progress_api.lua declares moons.progress, a C function that runs this file at its first call.

local native = ...

local math_tointeger, type, pairs, error, next = math.tointeger, type, pairs, error, next
local select, setmetatable = select, setmetatable
local metafield = native.metafield

-- Levels of error from a function here: 1 itself, 2 the C function that is its door, 3 the caller.
local CALLER <const> = 3

local function is_callable(value)
  return type(value) == "function" or metafield(value, "__call") ~= nil
end

-- ---- options ----

local checks = {
  desc = function(value) return type(value) == "string" and value, "a string" end,
  unit = function(value) return type(value) == "string" and value, "a string" end,
  total = function(value)
    local total = type(value) == "number" and math_tointeger(value)
    return total and total >= 0 and total, "an integer of at least 0"
  end,
}

-- A table of desc, unit and total of the caller's options; or nil, and what is wrong.
local function read(options)
  local found = {}
  if options == nil or options == true then return found end
  if type(options) ~= "table" then return nil, "table expected, got " .. type(options) end
  for name, value in pairs(options) do
    local check = checks[name]
    if not check then return nil, ("unknown field '%s'"):format(name) end
    local good, wanted = check(value)
    if not good then return nil, ("field '%s' must be %s"):format(name, wanted) end
    found[name] = good
  end
  return found
end

local function open(options, total, closing)
  return native.bar(options.desc or "", options.unit or "it", options.total or total, closing)
end

-- ---- the option of other modules ----

local function nothing() end
local silent = setmetatable({}, { __index = { add = nothing, close = nothing }, __close = nothing })

-- See progress_lua.h.
local function new(options, total, level)
  if not options then return silent end
  local found, wrong = read(options)
  if not found then
    error(("bad option 'progress' (%s)"):format(wrong), CALLER - 1 + (level or 1))
  end
  return open(found, total) or silent
end

-- ---- moons.progress ----

local function complain(number, what, depth)
  error(("bad argument #%d to 'progress' (%s)"):format(number, what), CALLER + depth)
end

local function read_argument(number, options)
  local found, wrong = read(options)
  if not found then complain(number, wrong, 2) end
  return found
end

-- 1 .. count
local function numbers(count)
  local i = 0
  return function()
    if i < count then
      i = i + 1
      return i
    end
  end
end

local function elements(list, count)
  local i = 0
  return function()
    if i < count then
      i = i + 1
      return list[i]
    end
  end
end

-- Where there is no bar the loop runs as it would without us.
local function loop(options, total, iterate, state, control, closing)
  local bar = open(options, total, closing)
  if not bar then return iterate, state, control, closing end
  local step = native.stepper(bar)
  return function(s, c)
    step()
    return iterate(s, c)
  end, state, control, bar
end

-- How many elements the list has. Whatever has a length and elements is one.
local function length_of(list)
  if type(list) ~= "table" and not (metafield(list, "__len") and metafield(list, "__index")) then
    complain(1, "list, number or iterator expected, got "
      .. (metafield(list, "__name") or (list == nil and "no value") or type(list)), 2)
  end
  local count = #list
  if count == 0 and type(list) == "table" and next(list) ~= nil then
    complain(1, "a table without elements; for its pairs: moons.progress(pairs(t))", 2)
  end
  return count
end

-- Argument `number` is what the loop closes at its end.
local function check_closing(number, closing)
  if closing and not metafield(closing, "__close") then
    complain(number, "a value that can't be closed", 2)
  end
end

-- What the loop goes over is told from the kinds of the first two arguments.
local function progress(what, second, ...)
  if is_callable(what) then
    check_closing(4, select(2, ...))
    return loop({}, nil, what, second, ...)
  end
  if type(what) == "table" and is_callable(second) then
    check_closing(5, select(3, ...))
    return loop(read_argument(1, what), nil, second, ...)
  end
  local options, methods = read_argument(2, second), metafield(what, "__index")
  if type(what) == "userdata" and type(methods) == "table" and methods.iter then
    return loop(options, nil, what:iter())
  end
  if type(what) == "number" then
    local count = math_tointeger(what)
    if not count or count < 0 then complain(1, "a number of at least 0, without fraction", 1) end
    return loop(options, count, numbers(count))
  end
  local count = length_of(what)
  return loop(options, count, elements(what, count))
end

return { new = new, progress = progress }
