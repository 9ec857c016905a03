-- Measures moons beside its peers and prints one table.
--
--   moons tests/bench/run.lua [--list] [--repeats N] [--save FILE] [PATTERN ...]
--
-- A PATTERN (of Lua's) picks rows by name; `--list` prints the names. Every
-- program is run N times (default 5) in rounds, moons and then each peer, so
-- that what disturbs the machine disturbs all; the table shows the median,
-- the least and the greatest. `--save` writes the figures as tab-separated
-- lines too. A peer that isn't installed is skipped, and its line says what
-- installs it.
--
-- The harness itself is plain Lua 5.4: `lua5.4 tests/bench/run.lua` measures
-- build/release/moons, or the one that the variable MOONS names.

local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path

local figures = require "figures"
local report = require "report"
local rows = require "rows"
local tools = require "tools"

local TIME_LIMIT = 60 -- seconds for one run of one program

local function usage(status)
  io.write("usage: run.lua [--list] [--repeats N] [--save FILE] [PATTERN ...]\n")
  os.exit(status)
end

local function read_options(words)
  local options, i = {repeats = 5, patterns = {}}, 1
  while i <= #words do
    local word = words[i]
    if word == "--list" then
      options.list = true
    elseif word == "--repeats" then
      i = i + 1
      options.repeats = math.tointeger(tonumber(words[i])) or usage(2)
    elseif word == "--save" then
      i = i + 1
      options.save = words[i] or usage(2)
    elseif word:find("^%-") then
      usage(word == "--help" and 0 or 2)
    else
      table.insert(options.patterns, word)
    end
    i = i + 1
  end
  return options
end

local function is_chosen(row, patterns)
  for _, pattern in ipairs(patterns) do
    if row.name:find(pattern) then
      return true
    end
  end
  return #patterns == 0
end

local function choose_rows(patterns)
  local chosen = {}
  for _, row in ipairs(rows) do
    if is_chosen(row, patterns) then
      table.insert(chosen, row)
    end
  end
  return chosen
end

local function first_line(text)
  return text:match("[^\n]*")
end

local function write_heading()
  local _, processor = tools.shell("sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1")
  local _, count = tools.shell("nproc")
  local _, load = tools.shell("cut -d ' ' -f 1-2 /proc/loadavg")
  io.write(first_line(processor), ", ", first_line(count), " processors, load ",
    first_line(load), " at the start\n")
  for _, name in ipairs(tools.names) do
    local tool = tools[name]
    local words = tools.prepare(tool) and select(2, tools.shell(tool.version)) or tool.missing
    io.write("  ", name, (" "):rep(8 - #name), first_line(words), "\n")
  end
  tools.prepare(tools.start)
  io.write("\n")
end

-- What keeps this side from being measured, if anything does.
local function missing(side)
  for _, name in ipairs{side[2], side.needs} do
    if not tools.prepare(tools[name]) then
      return first_line(tools[name].missing)
    end
  end
end

local function new_side(label, program)
  return {
    label = label, tool = program[1], words = program[2], values = {},
    trouble = missing{label, program[1], needs = program.needs},
  }
end

-- Runs one side once and keeps the `key value` lines that it prints.
local function measure(side, pin)
  local ok, output, status = tools.shell(tools.command(side.tool, side.words, pin, TIME_LIMIT))
  if not ok then
    side.trouble = status == 124 and "took over " .. TIME_LIMIT .. " s"
      or "failed: " .. (output:match("([^\n]*)\n*$") or "")
    io.stderr:write(side.label, " failed (", side.words, "):\n", output, "\n")
    return
  end
  for key, value in output:gmatch("([%l_]+)%s+(%S+)\n") do
    side.values[key] = side.values[key] or {}
    table.insert(side.values[key], tonumber(value))
  end
end

local function measure_row(row, repeats)
  local sides = {new_side("moons", row.moons)}
  for _, peer in ipairs(row.peers) do
    table.insert(sides, new_side(peer[1], {peer[2], peer[3], needs = peer.needs}))
  end
  for _ = 1, repeats do
    for _, side in ipairs(sides) do
      if not side.trouble then
        measure(side, row.pin)
      end
    end
  end
  return sides
end

-- Whether what is to load our side is not installed.
local function lacks_load(row)
  return row.moons.needs and not tools.prepare(tools[row.moons.needs])
end

local function summarise(sides, figure)
  for _, side in ipairs(sides) do
    side.summary = not side.trouble and figures.summary(side.values[figure.key] or {}, figure.scale)
  end
end

local function save(file, row, figure, sides)
  for _, side in ipairs(sides) do
    if side.summary then
      file:write(table.concat({
        row.name, figure.key, figure.unit, side.label,
        side.summary.median, side.summary.least, side.summary.greatest,
      }, "\t"), "\n")
    end
  end
end

local function run(chosen, options)
  local file = options.save and assert(io.open(options.save, "w"))
  local judged, failed = {}, false
  write_heading()
  report.heading()
  for _, row in ipairs(chosen) do
    local sides = measure_row(row, options.repeats)
    failed = failed or sides[1].trouble ~= nil and not lacks_load(row)
    for _, figure in ipairs(row.figures) do
      summarise(sides, figure)
      for _, one in ipairs(report.block(figure, sides)) do
        table.insert(judged, one)
      end
      if file then
        save(file, row, figure, sides)
      end
    end
  end
  report.ending(judged)
  if file then
    file:close()
  end
  return not failed
end

local options = read_options(arg)
local chosen = choose_rows(options.patterns)
if options.list then
  for _, row in ipairs(chosen) do
    print(row.name)
  end
elseif #chosen == 0 then
  io.stderr:write("run.lua: no row has such a name; --list shows them\n")
  os.exit(2)
else
  -- A target that is missed is a figure, not a failure; a moons that could not
  -- be measured is one.
  os.exit(run(chosen, options))
end
