-- Leaving a loop by break or goto closes the to-be-closed variables of its body and of the loop
-- itself, there and then. Lua 5.4.4 forgets a generic loop's own when a closure holds the loop's
-- variable and the body ends with break.
-- luacheck: ignore 512 (loop is executed at most once)
local noted

local function note(name) noted[#noted + 1] = name end

local function closing(name)
  return setmetatable({}, { __close = function() note(name) end })
end

local function check(expected, f)
  noted = {}
  f()
  local got = table.concat(noted, " ")
  assert(got == expected, ("expected '%s', got '%s'"):format(expected, got))
end

check("body after", function()
  for _ = 1, 3 do
    local _ <close> = closing "body"
    break
  end
  note "after"
end)

check("loop after", function()
  for _ in next, { 1 }, nil, closing "loop" do break end
  note "after"
end)

check("loop after", function()
  for key in next, { 1 }, nil, closing "loop" do
    local _ = function() return key end
    break
  end
  note "after"
end)

check("body loop after", function()
  for key in next, { 1 }, nil, closing "loop" do
    local _ <close> = closing "body"
    local _ = function() return key end
    break
  end
  note "after"
end)

check("inner loop outer after", function()
  for _ = 1, 2 do
    local _ <close> = closing "outer"
    for _ in next, { 1 }, nil, closing "loop" do
      local _ <close> = closing "inner"
      goto out
    end
  end
  ::out::
  note "after"
end)

check("body body after", function()
  local i = 0
  while true do
    local _ <close> = closing "body"
    i = i + 1
    if i == 2 then break end
  end
  note "after"
end)

check("body after", function()
  repeat
    local _ <close> = closing "body"
    if noted then break end
  until false
  note "after"
end)
