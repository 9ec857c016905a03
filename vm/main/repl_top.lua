-- main/repl_top.lua -- what threads do, how much of a processor they have, and their tasks: once,
-- or anew each second at the foot of a terminal.

local core = ...

local format, concat, sub, find = string.format, table.concat, string.sub, string.find
local moons, clock = moons, moons.clock

local top = {}

local refresh = 1 -- seconds between two looks
local first_look = 0.1 -- between the first two, without which there are no shares
local busy = 0.1 -- of a processor: the thread is asked for its line

-- ---- looking ----------------------------------------------------------------

---@class Look
---@field at number
---@field time table<integer, number> processor time by the thread's number

---@class Row
---@field id integer
---@field name string
---@field share? number of a processor since the last look, 1 is all of it
---@field time? number seconds
---@field memory? integer bytes
---@field does string
---@field tasks integer

local function several(count, what)
  return format("%d %s%s", count, what, count == 1 and "" or "s")
end

local function tasks_of(thread)
  local pace = thread:tasks()
  if not pace then return 0, "" end
  local text = "; " .. several(pace.count, "task")
  if pace.ready > 0 then text = format("%s, %d could run", text, pace.ready) end
  if pace.ready > 0 and pace.waited then text = format("%s for %.1f s", text, pace.waited) end
  return pace.count, text
end

-- Who sleeps in a call of the system is not asked: that would break it off.
local function does(thread, share)
  local waits = thread:waiting()
  if waits then return "waits: " .. waits end
  local line = share and share > busy and core.line_of_thread(thread)
  return line and "runs " .. line or "runs"
end

---@param before? Look
---@return Row[] rows
---@return Look
local function look(before)
  local own, rows = moons.current(), {}
  local now = { at = clock(), time = {} }
  for _, thread in ipairs(moons.threads()) do
    local id = thread:id()
    local time, memory = core.look_at_thread(thread)
    local last = before and before.time[id]
    local share = time and last and (time - last) / (now.at - before.at)
    local count, tasks = tasks_of(thread)
    rows[#rows + 1] = {
      id = id, name = thread:name(), share = share, time = time, memory = memory,
      does = (thread == own and "shows this" or does(thread, share)) .. tasks, tasks = count,
    }
    now.time[id] = time
  end
  return rows, now
end

-- ---- showing ----------------------------------------------------------------

local function bytes(count)
  if not count then return "" end
  for _, unit in ipairs { { 1 << 30, "GB" }, { 1 << 20, "MB" }, { 1 << 10, "KB" } } do
    if count >= unit[1] then return format("%.1f %s", count / unit[1], unit[2]) end
  end
  return format("%d B", count)
end

local function seconds(time) return time and format("%.2f s", time) or "" end

local function percent(share) return share and format("%.1f", 100 * share) or "" end

local function line_of(row)
  return format("%6d  %-16s %6s %10s %9s  %s", row.id, sub(row.name, 1, 16), percent(row.share),
    seconds(row.time), bytes(row.memory), row.does)
end

---@param rows Row[]
---@return string[]
local function lines_of(rows)
  local share, tasks = 0, 0
  for _, row in ipairs(rows) do share, tasks = share + (row.share or 0), tasks + row.tasks end
  table.sort(rows, function(a, b)
    local first, second = a.share or 0, b.share or 0
    if first ~= second then return first > second end
    return a.id < b.id
  end)
  local lines = {
    format("%s, %s, %.1f%% of a processor", several(#rows, "thread"), several(tasks, "task"),
      100 * share),
    format("%6s  %-16s %6s %10s %9s  %s", "thread", "name", "cpu %", "time", "memory", "does"),
  }
  for _, row in ipairs(rows) do lines[#lines + 1] = line_of(row) end
  return lines
end

-- No character is cut in two; what is no text is left as it is.
local function cut(line, columns)
  local last = utf8.len(line) and utf8.offset(line, columns + 1)
  return last and sub(line, 1, last - 1) or sub(line, 1, columns)
end

-- As many lines as there is room for, none of them wrapped.
local function fit(lines, last)
  local columns, room = core.columns() - 1, core.live_rows() - 2
  local left = #lines - room
  if left > 0 then
    lines = table.move(lines, 1, room - 1, 1, {})
    lines[room] = format("... %d more", left + 1)
  end
  lines[#lines + 1] = last
  for i, line in ipairs(lines) do lines[i] = cut(line, columns) end
  return concat(lines, "\n") .. "\n"
end

-- Ctrl-C and Ctrl-D do as well; and there are no keys when the terminal has gone.
local function have_end(keys) return keys == "" or find(keys, "[qQ\3\4]") end

local function show_live(rows, seen)
  local closer <close> = setmetatable({}, { __close = core.live_close })
  local keys
  repeat
    core.live_show(fit(lines_of(rows), "q ends this"))
    keys = core.live_key(refresh)
    rows, seen = look(seen)
  until keys and have_end(keys)
  core.live_show(fit(lines_of(rows)))
  return closer
end

--- Shows all threads: on a terminal until a key ends it.
function top.show()
  local _, seen = look()
  moons.sleep(first_look)
  local rows
  rows, seen = look(seen)
  if core.live_open() then
    show_live(rows, seen)
  else
    core.write(concat(lines_of(rows), "\n") .. "\n")
  end
end

return top
