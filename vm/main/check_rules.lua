-- main/check_rules.lua -- what `moons check` finds in a chunk that is Lua.
--
-- A finding has to be certain: what may be right somewhere is let pass. While the parser reads, its
-- listener only collects; most is judged at the end, when it is known what is assigned at all.
--
-- A path is how a global, or a field of one, is named: "spawn", "moons.spawn". A local that is
-- never assigned again has the path of what it begins with.

local native = ...

local check_sends = native.face "main/check_sends"
local ipairs, type, next, rawget, setmetatable = ipairs, type, next, rawget, setmetatable
local string_match = string.match

-- ---- paths ----

local Chunk = {}
Chunk.__index = Chunk

local function bare(node)
  while node.kind == "parenthesis" do node = node.inside end
  return node
end

local LONGEST <const> = 200 -- bytes of a path; what is longer has none

-- Of a node that is in no parentheses.
function Chunk:find_path(node)
  if node.kind == "name" then
    local variable = node.variable
    if not variable then return not node.is_elsewhere and node.name or nil end
    return variable.value and variable.writes == 0 and self:path(variable.value) or nil
  elseif node.kind == "index" and node.key.kind == "string" then
    local before = self:path(node.object)
    if before == "_G" then return node.key.value end
    return before and #before < LONGEST and before .. "." .. node.key.value or nil
  elseif node.kind == "call" and not node.method then
    local module = node.arguments[1]
    local is_module = self:path(node.callee) == "require" and module and module.kind == "string"
    return is_module and self.modules[module.value] and module.value or nil
  end
end

--- The path of an expression; nil when it has none, or its variable may hold something else. Known
--- only after the parser has read all.
function Chunk:path(node)
  node = bare(node)
  local path = self.paths[node]
  if path == nil then
    path = self:find_path(node) or false
    self.paths[node] = path
  end
  return path or nil
end

--- The path of an expression when it still names what it names in every script.
function Chunk:library_path(node)
  local path = self:path(node)
  local prefix = path
  while prefix do
    if self.written[prefix] then return nil end
    prefix = string_match(prefix, "^(.*)%.[^.]*$")
  end
  return path
end

--- True within a function that is given to what expects an error, such as pcall.
function Chunk:expects_error(within)
  while within do
    local taker = within.argument_of
    local named = taker and (taker.method or taker.callee.key)
    local name = named and named.value or taker and self:path(taker.callee)
    if name and (string_match(name, "pcall$") or string_match(name, "error")) then return true end
    within = within.parent
  end
  return false
end

-- ---- what the parser tells ----

local constants = { ["nil"] = true, ["true"] = true, ["false"] = true, number = true,
                    string = true }

function Chunk:listener()
  local report, reads, uses_of_G = self.report, self.reads, self.uses_of_G
  local listener = {}

  function listener.name(node)
    if node.variable or node.is_elsewhere then return end
    reads[#reads + 1] = node
    if node.name == "_G" or node.name == "_ENV" then uses_of_G[node] = true end
  end

  function listener.index(node)
    self.indices[#self.indices + 1] = node
    uses_of_G[bare(node.object)] = nil
  end

  function listener.call(node) self.calls[#self.calls + 1] = node end

  function listener.assigned(target, value, owner)
    self.assignments[#self.assignments + 1] = { target = target, value = value, owner = owner }
  end

  function listener.tested(node) self.tests[#self.tests + 1] = node end

  function listener.operation(node)
    self.tests[#self.tests + 1] = node
    local right = node.right
    if node.operator ~= "==" and node.operator ~= "~=" then return end
    local constant = constants[right.kind] and right.kind ~= "true" and right.kind ~= "false"
    local is_negated = node.left.kind == "unary" and node.left.operator == "not"
    if constant and is_negated and not constants[node.left.operand.kind] then
      report(node.left.at, "'not' is applied before '%s': the comparison is always %s",
        node.operator, node.operator == "~=")
    elseif right.kind == "function" or right.kind == "table" and not next(right.fields) then
      report(right.at, "a new %s is equal to nothing", right.kind)
    end
  end

  function listener.made_table(node)
    local seen = {}
    for _, field in ipairs(node.fields) do
      local key = field.key
      if key and (key.kind == "string" or key.kind == "number") and key.value ~= nil then
        if seen[key.value] then report(key.at, "the field '%s' is given twice", key.value) end
        seen[key.value] = true
      end
    end
  end

  function listener.parameters(tokens)
    local seen = {}
    for _, token in ipairs(tokens) do
      if seen[token.value] and token.value ~= "_" then
        report(token.at, "two parameters are called '%s'", token.value)
      end
      seen[token.value] = true
    end
  end

  function listener.loop(at, values, owner)
    self.loops[#self.loops + 1] = { at = at, values = values, owner = owner }
  end

  return listener
end

-- ---- loops ----

local function number_of(node)
  if not node then return nil end
  if node.kind == "number" then return node.value end
  local operand = node.kind == "unary" and node.operator == "-" and number_of(node.operand)
  return operand and -operand
end

function Chunk:check_loop(loop)
  local at, values = loop.at, loop.values
  local first, last = number_of(values[1]), number_of(values[2])
  local step = 1
  if values[3] then step = number_of(values[3]) end
  if not step then return end
  if step == 0 then
    if not self:expects_error(loop.owner) then self.report(at, "the step of the loop is zero") end
  elseif first and last and (step > 0 and first > last or step < 0 and first < last) then
    self.report(at, "the loop from %s to %s with step %s never runs", first, last, step)
  elseif not values[3] and last == 1 and values[1].operator == "#" then
    self.report(at, "a loop down to 1 needs the step -1")
  end
end

-- ---- globals ----

local harmless = { pairs = true, next = true, rawget = true, type = true, print = true,
                   tostring = true, rawequal = true }
local loaders = { load = 4, loadfile = 3 }

-- True when globals may come from where they can't be seen.
function Chunk:defines_unseen()
  for _, call in ipairs(self.calls) do
    local path = self:path(call.callee)
    if path == "dofile" or loaders[path] and #call.arguments < loaders[path] then return true end
    for _, argument in ipairs(call.arguments) do
      if harmless[path] then self.uses_of_G[bare(argument)] = nil end
    end
  end
  for _, assignment in ipairs(self.assignments) do
    local target = assignment.target
    local object = target.kind == "index" and self:path(target.object)
    local is_table = object == "_G" or object == "_ENV"
    if is_table and target.key.kind ~= "string" then return true end
  end
  return next(self.uses_of_G) ~= nil
end

-- What is asked for is expected to be missing somewhere.
function Chunk:mark_tested(node)
  node = bare(node)
  local path = self:path(node)
  if path then
    self.tested[path] = true
  elseif node.kind == "call" then
    local asks = self:path(node.callee) == "type" and node.arguments[1]
    if asks then self:mark_tested(asks) end
  end
end

local logical = { ["and"] = true, ["or"] = true }
local comparing = { ["=="] = true, ["~="] = true }

function Chunk:collect_tested()
  for _, node in ipairs(self.tests) do
    if node.kind == "binary" and (logical[node.operator] or comparing[node.operator]) then
      self:mark_tested(node.left)
      if comparing[node.operator] then self:mark_tested(node.right) end
      if node.operator == "or" then self:mark_tested(node.right) end
    elseif node.kind == "unary" then
      if node.operator == "not" then self:mark_tested(node.operand) end
    elseif node.kind ~= "binary" then
      self:mark_tested(node)
    end
  end
end

function Chunk:collect_written()
  for _, assignment in ipairs(self.assignments) do
    local path = self:path(assignment.target)
    if path then
      path = string_match(path, "^_ENV%.(.*)") or path
      self.written[path] = self.written[path] or {}
      self.written[path][#self.written[path] + 1] = assignment
    end
  end
end

function Chunk:is_allowed(path)
  return self.written[path] or self.tested[path] or self.allowed[path]
end

function Chunk:check_globals()
  if self:defines_unseen() then return end
  for _, node in ipairs(self.reads) do
    local name = node.name
    if rawget(self.predefined, name) == nil and name ~= "_ENV" and name ~= "arg"
      and not self:is_allowed(name) then
      self.report(node.at, "undefined global '%s'", name)
    end
  end
end

-- ---- fields of the libraries ----

local ours = { moons = true, futures = true, subprocess = true }
local lua_libraries = { string = true, table = true, math = true, io = true, os = true,
                        coroutine = true, debug = true, utf8 = true }

-- Modules of others may add to Lua's libraries, but not to ours.
function Chunk:requires_others()
  for _, call in ipairs(self.calls) do
    local module = self:path(call.callee) == "require" and call.arguments[1]
    if module and not (module.kind == "string" and self.modules[module.value]) then return true end
  end
  return false
end

function Chunk:check_fields()
  local has_others = self:requires_others() or self:defines_unseen()
  for _, node in ipairs(self.indices) do
    local library = self:library_path(node.object)
    local is_known = ours[library] or lua_libraries[library] and not has_others
    local value = is_known and self.predefined[library]
    local path = type(value) == "table" and self:path(node)
    if path and value[node.key.value] == nil and not self:is_allowed(path) then
      self.report(node.at, "%s has no field '%s'", library, node.key.value)
    end
  end
end

-- ---- a chunk ----

local rules = {}

--- Collects what the parser tells of one chunk. `predefined` are the globals of every script,
--- `modules` the names that `require` always finds, `allowed` a set of more names of globals;
--- `report` is called with a place and a format with its values.
function rules.new(predefined, modules, allowed, report)
  local chunk = setmetatable({
    predefined = predefined, modules = modules, allowed = allowed, report = report,
    reads = {}, indices = {}, calls = {}, assignments = {}, tests = {}, loops = {}, uses_of_G = {},
    written = {}, tested = {}, paths = {},
  }, Chunk)
  return chunk:listener(), function()
    chunk:collect_written()
    chunk:collect_tested()
    for _, loop in ipairs(chunk.loops) do chunk:check_loop(loop) end
    chunk:check_globals()
    chunk:check_fields()
    check_sends(chunk)
  end
end

return rules
