-- task/task.lua -- what is done with several tasks; task_api.lua declares it. task_lua.c has
-- checked the arguments.

local core = ...

local face = {}

-- The first result of each. The first that fails, in time, fails all.
local function results_of(list)
  list.waits = true
  local _, waiting = core.wait(list, { return_when = "FIRST_EXCEPTION" })
  list.waits = false
  if #waiting > 0 then
    for _, future in ipairs(list) do
      if future:done() then future:result() end -- one of them raises
    end
  end
  local results = {}
  for i, future in ipairs(list) do results[i] = future:result() end
  return results
end

-- A caller who goes no further, because he is cancelled, needs none of them.
local cancels = {
  __close = function(list)
    if not list.waits then return end
    for _, future in ipairs(list) do future:cancel() end
  end,
}

face.gather = function(...)
  local first = ...
  local is_list = select("#", ...) == 1 and type(first) == "table"
  local futures = is_list and table.move(first, 1, #first, 1, {}) or { ... }
  local list <close> = setmetatable(futures, cancels)
  local results = results_of(list)
  if is_list then return results end
  return table.unpack(results, 1, #list)
end

face.timeout = function(seconds, f, ...)
  local task = core.task(f, ...)
  local _ <close> = setmetatable({ task, waits = true }, cancels)
  if not task:wait(seconds) then
    task:cancel()
    task:wait()
    if task:cancelled() then return nil, "timeout" end
  end
  return task:result()
end

return face
