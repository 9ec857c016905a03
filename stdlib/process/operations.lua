-- process/operations.lua -- how a deputy makes a call on an object: process/deputy_lua.c. Operators
-- go by the names of their metamethods.
--
-- Errors of the calls get the position "(deputy):N", which the deputy cuts off: the caller puts its
-- own line there.

local function compile(text)
  return assert(load(text, "=(deputy)", "t"))
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
}

-- A method is called by its name, so that the object's errors call it that.
local function method(name)
  assert(name:find "^[%a_][%w_]*$", "no name of a method")
  return compile(("local o = ... return o:%s(select(2, ...))"):format(name))
end

return function(object, name, ...)
  local operation = operations[name]
  if not operation then
    operation = method(name)
    operations[name] = operation
  end
  return operation(object, ...)
end
