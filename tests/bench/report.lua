-- The table that the harness prints: a block for each figure, with moons in
-- its first line and a peer in each of the others.

local figures = require "figures"

local report = {}

local LABEL, FIGURE, RANGE, RATIO, REACH = 46, 9, 19, 10, 10

local function left(text, width)
  return text .. (" "):rep(width - utf8.len(text))
end

local function right(text, width)
  return (" "):rep(width - utf8.len(text)) .. text
end

local function line(label, figure, range, ratio, reach, reached)
  local text = left(label, LABEL) .. right(figure, FIGURE) .. "  " .. right(range, RANGE)
    .. right(ratio, RATIO) .. "  " .. left(reach, REACH) .. reached
  io.write((text:gsub(" +$", "")), "\n")
end

--- The line over all blocks.
function report.heading()
  line("", "median", "least … greatest", "moons ÷", "to reach", "reached")
end

-- What is to be reached and whether it is; empty if nothing is asked.
---@return string reach, string verdict, boolean? reached
local function judge(figure, value, reach, sign)
  if not reach then
    return "", ""
  end
  local bound = figures.bound(figure.better, reach) .. sign
  if not value then
    return bound, "not measured"
  end
  local reached = figures.reached(value, figure.better, reach)
  return bound, reached and "yes" or "NO", reached
end

local function write_side(label, side, ratio, reach, verdict)
  local summary = side.summary
  if not summary then
    line("  " .. label, "–", "", "", reach, side.trouble or "not measured")
    return
  end
  local range = figures.write(summary.least) .. " … " .. figures.write(summary.greatest)
  line("  " .. label, figures.write(summary.median), range, ratio, reach, verdict)
end

--- Prints the block of one figure.
---@param figure table from the rows
---@param sides table[] each {label, summary?, trouble?}; moons is the first
---@return table[] judged what was asked: {text, reached = boolean?}
function report.block(figure, sides)
  local judged = {}
  local function ask(value, reach, sign, what)
    local bound, verdict, reached = judge(figure, value, reach, sign)
    if reach then
      judged[#judged + 1] = {
        text = ("%s: %s %s, %s"):format(figure.title, bound, what,
          value and "is " .. figures.write(value) or "not measured"),
        reached = reached,
      }
    end
    return bound, verdict
  end
  io.write("\n", figure.title, ", ", figure.unit, " (", figure.better, " is better)\n")
  local own = sides[1].summary
  write_side("moons", sides[1], "", ask(own and own.median, figure.reach, "", figure.unit))
  for i = 2, #sides do
    local side = sides[i]
    local ratio = own and side.summary and own.median / side.summary.median
    local reach = figure.beside and figure.beside[side.label]
    write_side(side.label, side, ratio and figures.write(ratio) or "",
      ask(ratio, reach, " ×", side.label))
  end
  io.flush()
  return judged
end

--- Prints what was reached and what was not.
function report.ending(judged)
  local reached, others = 0, {}
  for _, one in ipairs(judged) do
    if one.reached then
      reached = reached + 1
    else
      others[#others + 1] = "  " .. one.text
    end
  end
  io.write(("\n%d of %d targets reached"):format(reached, #judged),
    #others > 0 and "; not reached:\n" or "\n", table.concat(others, "\n"),
    #others > 0 and "\n" or "")
end

return report
