-- pool/map_result.lua -- the results to come of map_async and starmap_async: of futures for chunks.

--- What map_async and starmap_async give: the results to come.
---@class moons.MapResult
local MapResult = {}

local metatable = { __index = MapResult, __name = "MapResult" }

--- Waits until all calls have ended. True, or nil and "timeout" after `seconds`.
---@param seconds? number
---@return true?, "timeout"?
function MapResult:wait(seconds)
  local _, not_done = moons.futures.wait(self.futures, { timeout = seconds })
  if #not_done > 0 then return nil, "timeout" end
  return true
end

--- Whether all calls have ended.
---@return boolean
function MapResult:ready()
  for _, future in ipairs(self.futures) do
    if not future:done() then return false end
  end
  return true
end

--- Whether none has failed. Raises while they have not all ended.
---@return boolean
function MapResult:successful()
  if not self:ready() then error("the calls have not all ended yet", 2) end
  for _, future in ipairs(self.futures) do
    if not future:successful() then return false end
  end
  return true
end

-- An error is about to be raised, so nobody needs to hear of the others.
local function hear_all(result)
  for _, future in ipairs(result.futures) do
    if not future:cancelled() then future:exception() end
  end
end

--- Waits for the list of all results, and how many there are; nil and "timeout" after `seconds`.
--- Raises the error of the first call in the list that failed.
---@param seconds? number
---@return any[]?, integer|"timeout"
function MapResult:get(seconds)
  local ready, why = self:wait(seconds)
  if not ready then return nil, why end
  local results, count = {}, 0
  for number, future in ipairs(self.futures) do
    if not future:successful() then hear_all(self) end
    table.move({ future:result() }, 1, self.sizes[number], count + 1, results)
    count = count + self.sizes[number]
  end
  return results, count
end

local function tell_when_ready(result, callback, error_callback)
  local left = #result.futures
  local function tell()
    -- Without an error_callback nobody has heard of the error.
    if result:successful() then
      if callback then callback(result:get()) end
    elseif error_callback then
      error_callback(select(2, pcall(result.get, result)))
    end
  end
  if left == 0 then return tell() end
  for _, future in ipairs(result.futures) do
    future:add_done_callback(function()
      left = left - 1
      if left == 0 then tell() end
    end)
  end
end

-- Called by pool_lua.c: one future for each chunk, and how many items it has.
return function(futures, sizes, callback, error_callback)
  local result = setmetatable({ futures = futures, sizes = sizes }, metatable)
  if callback or error_callback then tell_when_ready(result, callback, error_callback) end
  return result
end
