-- pool/pool.lua -- the parts of Pool that are Lua; pool_api.lua declares those in C.

---@class moons.Pool
local Pool = ...

-- The positional arguments in a list, which may have holes if it has its length in n.
local function count_of(list)
  return list.n or #list
end

local function check_options(options, known, level)
  if options == nil then return {} end
  if type(options) ~= "table" then
    error("bad argument #3 (table of options expected, got " .. type(options) .. ")", level + 1)
  end
  for key, value in pairs(options) do
    if not known[key] then
      error(("bad argument #3 (unknown option '%s')"):format(tostring(key)), level + 1)
    end
    if known[key] ~= type(value) and not (getmetatable(value) or {}).__call then
      error(("bad argument #3 (option '%s': %s expected, got %s)")
        :format(key, known[key], type(value)), level + 1)
    end
  end
  return options
end

local apply_options = { callback = "function", error_callback = "function" }

--- Has a worker call `f` with the arguments in the list `args`, and does not wait. Like Python's
--- multiprocessing.pool.Pool.apply_async.
--- `callback` is called with the results, or `error_callback` with the error value: on the thread
--- that
--- calls apply_async, in one of its waits.
--- Raises when the pool is closed, and what refuses to travel.
---@param f function
---@param args? any[] with its length in `n` where it has holes
---@param options? { callback?: function, error_callback?: function }
---@return moons.Future
function Pool:apply_async(f, args, options)
  if args ~= nil and type(args) ~= "table" then
    error(("bad argument #2 to 'apply_async' (list of arguments expected, got %s)")
      :format(type(args)), 2)
  end
  options = check_options(options, apply_options, 2)
  args = args or {}
  local future = self:submit(f, table.unpack(args, 1, count_of(args)))
  local callback, error_callback = options.callback, options.error_callback
  if callback or error_callback then
    future:add_done_callback(function(ended)
      if ended:successful() then
        if callback then callback(ended:result()) end
      elseif error_callback and not ended:cancelled() then
        error_callback((ended:exception()))
      end
    end)
  end
  return future
end

-- ---- maps that do not wait ----

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

--- Waits for the list of all results, and how many there are; nil and "timeout" after `seconds`.
--- Raises
--- the error of the first call in the list that failed.
---@param seconds? number
---@return any[]?, integer|"timeout"
function MapResult:get(seconds)
  local ready, why = self:wait(seconds)
  if not ready then return nil, why end
  local results, count = {}, 0
  for number, future in ipairs(self.futures) do
    table.move(future:result(), 1, self.sizes[number], count + 1, results)
    count = count + self.sizes[number]
  end
  return results, count
end

-- These two travel to the workers.
local function call_each(f, items, count)
  local results = {}
  for i = 1, count do results[i] = f(items[i]) end
  return results
end

local function call_each_spread(f, items, count)
  local results = {}
  for i = 1, count do results[i] = f(table.unpack(items[i], 1, items[i].n or #items[i])) end
  return results
end

local function tell_when_ready(result, options)
  local left = #result.futures
  local function one_ended()
    left = left - 1
    if left > 0 then return end
    local fine, value, count = pcall(result.get, result)
    if fine and options.callback then
      options.callback(value, count)
    elseif not fine and options.error_callback then
      options.error_callback(value)
    end
  end
  for _, future in ipairs(result.futures) do future:add_done_callback(one_ended) end
end

local map_options = { callback = "function", error_callback = "function", chunksize = "number" }

local function map_async(pool, each, name, f, list, options)
  if type(list) ~= "table" then
    error(("bad argument #2 to '%s' (list expected, got %s)"):format(name, type(list)), 3)
  end
  options = check_options(options, map_options, 3)
  local size = options.chunksize or math.max(1, math.ceil(#list / (4 * pool:size())))
  if math.type(size) ~= "integer" or size < 1 then
    error("bad argument #3 (option 'chunksize': an integer of at least 1 expected)", 3)
  end
  local result = setmetatable({ futures = {}, sizes = {} }, metatable)
  for first = 1, #list, size do
    local count = math.min(size, #list - first + 1)
    local items = table.move(list, first, first + count - 1, 1, {})
    table.insert(result.futures, pool:submit(each, f, items, count))
    table.insert(result.sizes, count)
  end
  if options.callback or options.error_callback then tell_when_ready(result, options) end
  return result
end

--- Like map, but does not wait.
---@param f fun(item: any): any
---@param list any[]
---@param options? { chunksize?: integer, callback?: fun(results: any[], count: integer),
---error_callback?: fun(err: any) }
---@return moons.MapResult
function Pool:map_async(f, list, options)
  return map_async(self, call_each, "map_async", f, list, options)
end

--- Like starmap, but does not wait.
---@param f function
---@param list any[][]
---@param options? { chunksize?: integer, callback?: fun(results: any[], count: integer),
---error_callback?: fun(err: any) }
---@return moons.MapResult
function Pool:starmap_async(f, list, options)
  return map_async(self, call_each_spread, "starmap_async", f, list, options)
end
