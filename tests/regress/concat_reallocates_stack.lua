-- A __concat metamethod that makes the stack grow. Lua 5.4.4 as Debian 12 has it crashes here: it
-- goes on concatenating in the old stack.
local function deep(n) return n > 0 and 1 + deep(n - 1) or 0 end

local joined = 0
local object = setmetatable({}, {
  __concat = function()
    joined = joined + 1
    deep(5000)
    return "R"
  end,
})

assert("p" .. object .. "a" == "pR")
assert("p" .. "q" .. object == "pR")
assert("p" .. "q" .. object .. "r" .. "s" == "pqR")
assert(joined == 3)

-- The same within a coroutine, whose stack starts small.
local co = coroutine.wrap(function() return "a" .. object .. "b" .. object end)
assert(type(co()) == "string")
