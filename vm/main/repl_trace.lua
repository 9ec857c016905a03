-- main/repl_trace.lua -- the calls that an input makes, as a tree: how long each took, with which
-- arguments and results.
--
-- A hook notes calls and returns of the input's own coroutine. The time that it needs itself is
-- taken out of what is shown. What has been left by an error returns nowhere: at the next event the
-- notes are brought in line with the function that is really there.

local core = ...

local getinfo, getlocal, sethook = debug.getinfo, debug.getlocal, debug.sethook
local format, concat, rep, find, gsub = string.format, table.concat, string.rep, string.find,
  string.gsub
local moons, clock = moons, moons.clock

local trace = {}

local most_calls = 100 -- that are shown
local most_depth = 20
local most_alike = 5 -- calls of one function by one other; the rest is one line
local most_values = 5 -- of arguments, and of results
local builtin = "^=[%w_]+/[%w_]+%.lua$" -- the source of what is built in

---@class Call
---@field f function
---@field above? Call
---@field depth integer
---@field began number
---@field time? number nil: it has not returned
---@field alike? integer how many more there were, of which nothing else is noted
---@field text string name and arguments
---@field results? string
---@field from string where it is defined
---@field calls Call[]
---@field counts table<function, integer> of what it calls, those alike
---@field others table<function, Call> what stands for those that are more than enough
---@field is_left boolean nothing is noted but the time
---@field is_builtin boolean what it calls is of no interest

-- ---- names --------------------------------------------------------------------

local names -- of the functions of libraries

local function note_names(of, prefix)
  for name, value in next, of do
    if type(name) == "string" and type(value) == "function" and not names[value] then
      names[value] = prefix .. name
    end
  end
end

local function load_names()
  names = {}
  note_names(moons, "moons.")
  for name, library in next, package.loaded do
    if type(name) == "string" and type(library) == "table" and name ~= "_G" then
      note_names(library, name .. ".")
    end
  end
  for name, value in next, core.globals do
    if type(name) == "string" and type(value) == "function" then names[value] = name end
  end
end

local function name_of(info)
  if names[info.func] then return names[info.func] end
  if info.name then return info.namewhat == "method" and ":" .. info.name or info.name end
  return info.what == "C" and "a C function" or "a function"
end

-- ---- values -------------------------------------------------------------------

local function short(value)
  return (gsub(core.face("repl_print").short(value), "\n%s*", " "))
end

-- Of the function at that level above the caller: `count` of its local variables from `first` on.
local function values(level, first, count)
  local texts = {}
  for i = 1, math.min(count, most_values) do
    local name, value = getlocal(level + 1, first + i - 1)
    if not name then break end
    texts[i] = short(value)
  end
  if count > most_values then texts[#texts + 1] = "..." end
  return concat(texts, ", ")
end

local function arguments(level, info)
  if info.what == "C" then
    local shown = values(level + 1, info.ftransfer, info.ntransfer) -- no tail call, for the levels
    return shown
  end
  local shown = values(level + 1, 1, info.nparams)
  local name, extra = getlocal(level + 1, -1)
  if name then
    shown = shown .. (shown ~= "" and ", " or "") .. short(extra)
    if getlocal(level + 1, -2) then shown = shown .. ", ..." end
  end
  return shown
end

-- ---- noting -------------------------------------------------------------------

---@class Trace
---@field chunk function
---@field starter function calls the chunk
---@field ender function called at the end
---@field spent number by the hook
---@field root? Call
---@field at? Call the one that runs
---@field count integer of all calls
---@field noted integer
---@field left integer calls that are not shown

local function now(t) return clock() - t.spent end

local function new_call(t, info, above, level)
  t.noted = t.noted + 1
  return {
    f = info.func, above = above, depth = above and above.depth + 1 or 0, calls = {}, counts = {},
    others = {}, is_builtin = find(info.source, builtin) ~= nil,
    text = above and format("%s(%s)", name_of(info), arguments(level + 1, info)) or "",
    from = info.what ~= "C" and format("%s:%d", info.short_src, info.linedefined) or "",
  }
end

-- Of which only the return is of interest.
local function left_call(info, above, is_builtin)
  return { f = info.func, above = above, depth = above.depth + 1, is_left = true,
           is_builtin = is_builtin }
end

-- One of many alike.
local function other_call(t, info, above)
  local other = above.others[info.func]
  if not other then
    other = { f = info.func, above = above, depth = above.depth + 1, alike = 0, time = 0,
              text = name_of(info), from = "", calls = {}, is_left = true }
    above.others[info.func] = other
    above.calls[#above.calls + 1] = other
    t.noted = t.noted + 1
  end
  other.alike = other.alike + 1
  return other
end

local function next_call(t, info, above, level)
  local is_inner = info.what == "C" and not info.name and not names[info.func]
  if above.is_builtin or is_inner or find(info.source, "^=main/") then
    return left_call(info, above, true)
  end
  t.count = t.count + 1
  if above.is_left or above.depth >= most_depth or t.noted >= most_calls then
    t.left = t.left + 1
    return left_call(info, above)
  end
  local alike = (above.counts[info.func] or 0) + 1
  above.counts[info.func] = alike
  if alike > most_alike then return (other_call(t, info, above)) end
  local call = new_call(t, info, above, level + 1)
  above.calls[#above.calls + 1] = call
  return call
end

local function enter(t, level)
  local info = getinfo(level + 1, "Snfutr")
  if info.func == t.ender then t.at = nil end
  if t.at then
    t.at = next_call(t, info, t.at, level + 1)
  elseif not t.root and info.func == t.chunk then
    t.root = new_call(t, info, nil, level + 1)
    t.at = t.root
  end
end

local function finish(t, call, at)
  local took = at - call.began
  call.time = call.alike and call.time + took or took
  t.at = call.above
end

-- Leaves calls down to the one of that function, if it is there: an error has left those above it.
local function leave_to(t, f, at)
  local call = t.at
  while call and call.f ~= f do call = call.above end
  if not call then return false end
  while t.at ~= call do finish(t, t.at, at) end
  return true
end

local function results(t, call, info, level)
  if info.func == moons.spawn and info.ntransfer == 1 then
    local _, thread = getlocal(level + 1, info.ftransfer)
    return format("spawned thread %d", thread:id())
  end
  if info.ntransfer == 0 then return nil end
  return "= " .. values(level + 1, info.ftransfer, info.ntransfer)
end

local function returns(t, level, at)
  local info = getinfo(level + 1, "fr")
  if not t.at or not leave_to(t, info.func, at) then return end
  local call = t.at
  if call ~= t.root and not call.is_left then
    call.results = results(t, call, info, level + 1)
  end
  finish(t, call, at)
end

local function hook_of(t)
  return function(event)
    local began = clock()
    local at = began - t.spent
    if event == "return" then
      returns(t, 2, at)
    else
      local caller = event == "call" and t.at and getinfo(3, "f")
      if caller then leave_to(t, caller.func, at) end
      if caller and caller.func == t.starter then t.at = nil end -- the input has returned
      -- Who makes a tail call is no more; in its place there is what it calls.
      if event == "tail call" and t.at and t.at ~= t.root then finish(t, t.at, at) end
      enter(t, 2)
    end
    t.spent = t.spent + (clock() - began)
    if event ~= "return" and t.at then t.at.began = now(t) end
  end
end

-- ---- showing ------------------------------------------------------------------

local function add_lines(lines, call, duration)
  local paint = core.face("repl_print").paint
  for _, c in ipairs(call.calls) do
    local text = rep("  ", c.depth - 1) .. c.text
    if c.alike then text = format("%s: %d more calls", text, c.alike) end
    if c.results then text = text .. " " .. c.results end
    if c.from ~= "" then text = text .. paint("note", "  " .. c.from) end
    local time = c.time and duration(c.time) or "no end"
    lines[#lines + 1] = format("%10s  %s", time, text)
    add_lines(lines, c, duration)
  end
end

local function show(t)
  if not t.root then return end
  local duration, lines = core.face("repl_commands").duration, {}
  add_lines(lines, t.root, duration)
  local left = t.left > 0 and format(", %d of them left out", t.left) or ""
  lines[#lines + 1] = format("%10s  in all: %d call%s%s", duration(t.root.time or now(t)
    - t.root.began), t.count, t.count == 1 and "" or "s", left)
  core.write(concat(lines, "\n") .. "\n")
end

--- What to run in place of the input.
---@param chunk function
---@return function
function trace.wrap(chunk)
  local t = { chunk = chunk, spent = 0, count = 0, noted = 0, left = 0 } ---@type Trace
  function t.starter()
    load_names()
    function t.ender()
      sethook()
      show(t)
    end
    local _ <close> = setmetatable({}, { __close = t.ender })
    sethook(hook_of(t), "cr")
    local got = table.pack(chunk())
    return table.unpack(got, 1, got.n)
  end
  return t.starter
end

return trace
