-- What the specs of generators share.

local M = {}

--- A value that notes in `list`, as "name: error", that it is closed.
function M.closing(list, name)
  local function note(_, e) list[#list + 1] = name .. ": " .. tostring(e) end
  return setmetatable({}, { __close = note })
end

--- The body of a generator: yields the numbers, and returns two values.
function M.count(first, last)
  for i = first, last do coroutine.yield(i) end
  return "counted", last
end

--- Raises unless these values are those of a generator that has ended.
function M.closed(...)
  local first, word = ...
  if select("#", ...) ~= 2 or first ~= nil or word ~= "closed" then
    error(("nil, 'closed' expected, got %s, %s"):format(first, word), 2)
  end
end

return M
