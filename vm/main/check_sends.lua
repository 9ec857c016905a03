-- main/check_sends.lua -- what a chunk sends to other threads, and what of it is tied to its own.
--
-- A value is followed as far as it is certain: through locals that are never assigned again,
-- globals that the main chunk has assigned once before, and the upvalues and globals of functions.

local ipairs, pairs, setmetatable = ipairs, pairs, setmetatable

-- ---- what sends, and what refusals call its arguments ----

local ARGUMENT <const>, VALUE <const> = "argument #%d", "value"
local senders = { spawn = ARGUMENT, ["moons.spawn"] = ARGUMENT, ["moons.process"] = ARGUMENT }
local pools = {}
for _, name in ipairs { "Pool", "futures.ThreadPoolExecutor", "futures.ProcessPoolExecutor" } do
  pools[name], pools["moons." .. name] = true, true
end
local queues = { Queue = true, ["moons.Queue"] = true, ["moons.LifoQueue"] = true,
                 ["moons.PriorityQueue"] = true }
local pool_methods, queue_methods = {}, { put = VALUE, try_put = VALUE }
for name in ([[apply apply_async map map_async imap imap_unordered starmap starmap_async
  submit]]):gmatch("[%a_]+") do pool_methods[name] = ARGUMENT end

-- ---- what is tied to its thread ----

local FILE <const>, COROUTINE <const> = "FILE*", "a coroutine"
local C_FUNCTION <const> = "an iterator in C"
local makers = {
  ["io.open"] = FILE, ["io.popen"] = FILE, ["io.tmpfile"] = FILE, ["io.lines"] = C_FUNCTION,
  ["string.gmatch"] = C_FUNCTION, ["coroutine.create"] = COROUTINE,
  ["coroutine.running"] = COROUTINE, ["coroutine.wrap"] = "a coroutine's function",
  ["moons.Generator"] = "Generator",
}
for name in ("P R S V B C Cc Cg Cs Ct Cmt Cf Cb Carg Cp"):gmatch("%a+") do
  makers["lpeg." .. name] = "lpeg-pattern"
end
local files = { ["io.stdin"] = FILE, ["io.stdout"] = FILE, ["io.stderr"] = FILE }

local Search = {}
Search.__index = Search

-- The expression that a global was given, if the main chunk does so once, before that place.
function Search:global_value(name)
  local assignments = self.chunk.written[name]
  local only = assignments and #assignments == 1 and assignments[1]
  return only and not only.owner and only.target.at < self.at and only.value or nil
end

-- What hangs on a function: the reason, and the path to what is tied.
function Search:of_function(node)
  for variable in pairs(node.upvalues) do
    local reason, inner = self:of_variable(variable)
    if reason then return reason, inner or ("upvalue '%s'"):format(variable.name) end
  end
  for name in pairs(node.globals) do
    local value = self:global_value(name)
    local reason, inner
    if value then reason, inner = self:of(value) end
    if reason then return reason, inner or ("global '%s'"):format(name) end
  end
end

function Search:of_variable(variable)
  if variable.value and variable.writes == 0 then return self:of(variable.value) end
end

function Search:of_call(node)
  local path = not node.method and self.chunk:library_path(node.callee)
  if path == "assert" and node.arguments[1] then return self:of(node.arguments[1]) end
  return path and makers[path]
end

--- Why the value of an expression can't travel, and the path to what can't; nil when it may.
function Search:of(node)
  if self.seen[node] then return nil end
  self.seen[node] = true
  if node.kind == "parenthesis" then return self:of(node.inside) end
  if node.kind == "call" then return self:of_call(node) end
  if node.kind == "function" then return self:of_function(node) end
  if node.kind == "index" then return files[self.chunk:library_path(node)] end
  if node.kind ~= "name" then return nil end
  if node.variable then return self:of_variable(node.variable) end
  local value = not node.is_elsewhere and self:global_value(node.name)
  if value then return self:of(value) end
end

-- ---- calls ----

-- The same for pool:apply and the like, on a local that holds a pool or on the pool as it is made.
local function name_in_method(chunk, call)
  local object = call.callee
  if object.kind == "name" and object.variable and object.variable.writes == 0 then
    object = object.variable.value
  end
  local maker = object and object.kind == "call" and not object.method
    and chunk:library_path(object.callee)
  if not maker then return nil end
  return pools[maker] and pool_methods[call.method.value]
    or queues[maker] and queue_methods[call.method.value]
end

-- `name` is what the refusal calls the argument with that number.
local function check_values(chunk, values, name)
  for i, value in ipairs(values) do
    local search = setmetatable({ chunk = chunk, seen = {}, at = value.at }, Search)
    local reason, path = search:of(value)
    if reason then
      chunk.report(value.at, "cannot send %s: %s is tied to its thread",
        path or name:format(i), reason)
    end
  end
end

-- The arguments, or what stands in the one table of them.
local function values_of(call)
  local first = call.arguments[1]
  if #call.arguments ~= 1 or first.kind ~= "table" then return call.arguments end
  local values = {}
  for i, field in ipairs(first.fields) do values[i] = field.value end
  return values
end

--- Reports what the chunk sends and can't.
return function(chunk)
  for _, call in ipairs(chunk.calls) do
    local name
    if call.method then
      name = name_in_method(chunk, call)
    else
      name = senders[chunk:library_path(call.callee)]
    end
    if name and not chunk:expects_error(call.within) then
      check_values(chunk, values_of(call), name)
    end
  end
end
