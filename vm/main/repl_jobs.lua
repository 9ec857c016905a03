-- main/repl_jobs.lua -- what goes on beside the prompt: threads, tasks of the REPL's own thread,
-- and child processes.

local core = ...

local sub, gsub, match, format, concat = string.sub, string.gsub, string.match, string.format,
  table.concat
local moons, clock = moons, moons.clock

local jobs = {}

---@class Job
---@field label string by which it is named: "3", "task 2", "process 4711"
---@field name string
---@field age? number seconds
---@field does string what it waits for, or "runs"
---@field site string the script's line, or ""
---@field stop fun()
---@field ended fun(seconds?: number): boolean waits for its end

local function thread_jobs(list)
  local own = moons.current()
  for _, thread in ipairs(moons.threads()) do
    if thread ~= own then
      local age, site = core.describe_thread(thread)
      list[#list + 1] = {
        label = tostring(thread:id()), name = thread:name(), age = age, site = site,
        does = thread:waiting() or "runs",
        stop = function() thread:cancel() end,
        ended = function(seconds)
          return moons.select { thread, timeout = seconds } ~= nil
        end,
      }
    end
  end
end

local function task_jobs(list)
  for _, task in ipairs(core.tasks()) do
    local number, age, waits, site = core.describe_task(task)
    list[#list + 1] = {
      label = format("task %d", number), name = "", age = age, site = site,
      does = waits and "waits for " .. waits or "waits",
      stop = function() task:cancel() task:wait(1) end,
      ended = function(seconds) return task:wait(seconds) == true end,
    }
  end
end

local function read(path)
  local file = io.open(path, "rb")
  local text = file and file:read("a")
  if file then file:close() end
  return text or ""
end

local function process_jobs(list)
  for _, pid in ipairs(core.children()) do
    local command = gsub(gsub(read(format("/proc/%d/cmdline", pid)), "%z$", ""), "%z", " ")
    local state = match(read(format("/proc/%d/stat", pid)), "%) (%a)")
    if state and state ~= "Z" then
      list[#list + 1] = {
        label = format("process %d", pid), name = sub(command, 1, 40), does = "runs", site = "",
        stop = function() core.terminate(pid) end,
        ended = function(seconds)
          local latest = clock() + (seconds or math.huge)
          while match(read(format("/proc/%d/stat", pid)), "%) ([^Z])") do
            if clock() > latest then return false end
            moons.sleep(0.02)
          end
          return true
        end,
      }
    end
  end
end

---@return Job[]
local function all()
  local list = {}
  thread_jobs(list)
  task_jobs(list)
  process_jobs(list)
  return list
end

local function span(seconds)
  if not seconds then return "" end
  if seconds < 60 then return format("%.1f s", seconds) end
  return format("%d min", seconds // 60)
end

--- A line for each.
function jobs.show()
  local lines = {}
  for _, job in ipairs(all()) do
    lines[#lines + 1] = format("%-9s %-16s %8s  %s%s", job.label, job.name, span(job.age), job.does,
      job.site ~= "" and "  (" .. job.site .. ")" or "")
  end
  core.write(#lines > 0 and concat(lines, "\n") .. "\n" or "nothing runs beside the prompt\n")
end

-- The job of that label; a mere number may be a process's, too. That there is none is said,
-- unless it may have ended.
local function find(label, may_have_ended)
  for _, job in ipairs(all()) do
    if job.label == label or job.label == "process " .. label then return job end
  end
  if may_have_ended then return nil end
  core.complain(format("there is no '%s' among ':jobs'", label))
end

--- Cancels a thread or a task, or has a process end. A task that never waits was cancelled by
--- who read the line, and may have ended.
function jobs.kill(label)
  local stopped = core.stopped_task()
  local was_stopped = stopped and label == format("task %d", stopped)
  local job = find(label, was_stopped)
  if job then job.stop() end
end

--- Waits for the end of one, or of all.
function jobs.wait(label)
  if label ~= "" then
    local job = find(label)
    if job then job.ended() end
    return
  end
  for _, job in ipairs(all()) do job.ended() end
end

--- Names what still runs, for who is about to leave; nil: nothing does.
---@return string?
function jobs.names()
  local names = {}
  for _, job in ipairs(all()) do
    names[#names + 1] = job.name ~= "" and format("%s (%s)", job.label, job.name) or job.label
  end
  return #names > 0 and concat(names, ", ") or nil
end

return jobs
