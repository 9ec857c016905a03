-- main/repl_errors.lua -- errors of an input as they are shown: where they were, in short. All of a
-- traceback is there for who asks, or has no terminal.

local core = ...

local find, match, sub, format = string.find, string.match, string.sub, string.format
local concat = table.concat

local errors = {}

local most_lines = 6 -- of a traceback in short

-- Whether it is the text of the last input, and of one line: that stands right above.
local function is_in_sight(chunk, input)
  local number = tonumber(match(chunk, "%d+$"))
  return number and not core.face("repl").source_of(format("input %d", number + 1))
    and not find(input, "\n", 1, true)
end

-- The line that the message names, with a mark. Of what is in sight only a mark tells more; what
-- runs beside the prompt may be long past.
local function excerpt(message, is_beside)
  local chunk = match(message, "^([^\n]-):%d+: ")
  local input = core.face("repl").source_of(chunk)
  local lines, is_marked = core.excerpt(message, input)
  local is_needed = is_marked or is_beside or not input or not is_in_sight(chunk, input)
  return lines and is_needed and sub(lines, 1, -2) or nil
end

-- What of a traceback tells somebody something: lines of Lua, and where threads were started.
local function tells(line)
  return not find(line, "^\t%[C%]: in ") and not find(line, "^\tinput %d+:%d+: in main chunk")
    and line ~= "\t(...tail calls...)" and not find(line, "^\tmain/repl_[%w_]+%.lua:")
end

-- Message and the lines of the traceback that came with it.
local function split(report)
  local at, after = nil, 1
  repeat
    local from, to = find(report, "\nstack traceback:\n", after, true)
    at, after = from or at, to
  until not to
  if not at then return report, {} end
  local lines = {}
  for line in string.gmatch(sub(report, at + 18), "[^\n]+") do lines[#lines + 1] = line end
  return sub(report, 1, at - 1), lines
end

--- The report in short.
---@param report string message and traceback
---@param what? string what has failed; none: the input
---@param label? string of that, as ':tb' takes it
---@return string
function errors.short(report, what, label)
  local paint = core.face("repl_print").paint
  local message, lines = split(report)
  local head = what and format("%s failed: ", what) or ""
  local shown = { paint("error", head .. message), excerpt(message, what ~= nil) }
  local told, left = 0, 0
  for _, line in ipairs(lines) do
    if not tells(line) or told == most_lines then
      left = left + 1
    else
      shown[#shown + 1], told = line, told + 1
    end
  end
  if told > 0 and left > 0 then
    local command = label and ":tb " .. label or ":tb"
    shown[#shown + 1] = paint("note", format("\t(%s shows %d more)", command, left))
  end
  return concat(shown, "\n")
end

--- An error's report as it is to be shown; and it is remembered for `all`.
---@param report string
function errors.show(report)
  errors.last = report
  core.complain(core.interactive() and errors.short(report) or report)
end

local told, labels = {}, {} -- reports of what ran beside the prompt, by label; the last labels
local told_most = 100

--- The same for what ran beside the prompt.
---@param label string as among ':jobs'
---@param what string
---@param report string
function errors.tell(label, what, report)
  errors.last = format("%s failed: %s", what, report)
  told[label], labels[#labels + 1] = errors.last, label
  if #labels > told_most then told[table.remove(labels, 1)] = nil end
  core.complain(core.interactive() and errors.short(report, what, label) or errors.last)
end

--- The last report, all of it, or that of the label; nil: there was no error.
---@param label? string
---@return string?
function errors.all(label)
  if label then return told[label] end
  return errors.last
end

return errors
