-- process/operations.lua -- how a deputy makes a call on an object: process/deputy_lua.c. Operators
-- go by the names of their metamethods.
--
-- Errors of the calls get the position "(deputy):N", which the deputy cuts off: the caller puts its
-- own line there.


-- What can't leave this thread stays here: by number, { closing = , step = , state = , control = }.
local kept, last = {}, 0

local function keep(thing)
  last = last + 1
  kept[last] = thing
  return last
end

local environment = setmetatable({ kept = kept, keep = keep }, { __index = _G })

local function compile(text, name)
  return assert(load(text:gsub("NAME", name or ""), "=(deputy)", "t", environment))
end

local function hold(name)
  return compile([[
    local o, seconds = ...
    local guard, word = o:NAME(seconds)
    if not guard then return nil, word end
    return keep { closing = guard }, word]], name)
end

local function iterate(name)
  return compile([[
    local o = ...
    local step, state, control, closing = o:NAME(select(2, ...))
    return keep { step = step, state = state, control = control, closing = closing }]], name)
end

local operations = {
  __index = compile "local o, k = ... return o[k]",
  __newindex = compile "local o, k, v = ... o[k] = v",
  __len = compile "local o = ... return #o",
  -- A copy: the object's own iterator can't leave its thread.
  __pairs = compile [[
    local copy = {}
    for k, v in pairs((...)) do copy[k] = v end
    return copy]],
  -- As the end of a block would that ends with the error `e`, or nil.
  __close = compile "local o, e = ... return getmetatable(o).__close(o, e)",
  -- Of a list of cases, by number: those of the other side are other tables. Called with the first
  -- object.
  __select = compile [[
    local function number(cases, fired, ...)
      for i = 1, #cases do if cases[i] == fired then return i, ... end end
      return nil, ...
    end
    local _, cases = ...
    return number(cases, require "moons".select(cases))]],
  hold = hold "hold",
  hold_read = hold "hold_read",
  hold_write = hold "hold_write",
  imap = iterate "imap",
  imap_unordered = iterate "imap_unordered",
  -- Of an Array: a copy, as pairs gives it. Of a Queue it is Lua, and made where it is called.
  iter = compile "local o, i, j = ... return o:table(i, j)",
  __next = compile [[
    local _, number = ...
    local thing = kept[number]
    local function step(...)
      thing.control = ...
      return ...
    end
    return step(thing.step(thing.state, thing.control))]],
  __drop = compile [[
    local _, number, e = ...
    local closing = kept[number].closing
    kept[number] = nil
    if closing ~= nil then getmetatable(closing).__close(closing, e) end]],
}

-- A method is called by its name, so that the object's errors call it that.
local function method(name)
  assert(name:find "^[%a_][%w_]*$", "no name of a method")
  return compile("local o = ... return o:NAME(select(2, ...))", name)
end

return function(object, name, ...)
  local operation = operations[name]
  if not operation then
    operation = method(name)
    operations[name] = operation
  end
  return operation(object, ...)
end
