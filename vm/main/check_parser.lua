-- main/check_parser.lua -- reads a chunk and tells a listener what the rules need of it.
--
-- There is no tree of statements: expressions are tables { kind =, at =, ... }, and of the rest
-- only scopes are kept. A name is resolved when it is read, as Lua does it:
--   { kind = "name", name =, variable = }        `variable` nil: a global of the chunk's _ENV
--   { kind = "index", object =, key = }          key: an expression
--   { kind = "call", callee =, method =, arguments =, within = }   within: the function around it
--   { kind = "function", upvalues =, globals =, parent = }          sets: variables, and names
--   { kind = "table", fields = }, { kind = "binary", operator =, left =, right = },
--   { kind = "unary", operator =, operand = }, { kind = "parenthesis", inside = },
--   and "string" and "number" with a value, "nil", "true", "false", "...".
-- A variable is { name =, at =, owner =, value =, writes = }: the function it is local to, the
-- expression it begins with, and how often it is assigned after that.
--
-- The listener has the functions name, index, call, assigned, tested, made_table, operation, loop
-- and parameters. Where the text is no Lua a table { at =, message = } is thrown, but for what Lua
-- finds out later: labels, assignments to constants.

local native = ...

local lexer = native.face "main/check_lexer"
local setmetatable, ipairs = setmetatable, ipairs

-- Left and right priority, as in lparser.c.
local priority = {
  ["or"] = { 1, 1 }, ["and"] = { 2, 2 },
  ["<"] = { 3, 3 }, [">"] = { 3, 3 }, ["<="] = { 3, 3 }, [">="] = { 3, 3 }, ["~="] = { 3, 3 },
  ["=="] = { 3, 3 },
  ["|"] = { 4, 4 }, ["~"] = { 5, 5 }, ["&"] = { 6, 6 }, ["<<"] = { 7, 7 }, [">>"] = { 7, 7 },
  [".."] = { 9, 8 }, ["+"] = { 10, 10 }, ["-"] = { 10, 10 },
  ["*"] = { 11, 11 }, ["/"] = { 11, 11 }, ["//"] = { 11, 11 }, ["%"] = { 11, 11 },
  ["^"] = { 14, 13 },
}
local UNARY <const> = 12
local unary = { ["not"] = true, ["-"] = true, ["#"] = true, ["~"] = true }
local ends_block = { ["end"] = true, ["else"] = true, ["elseif"] = true, ["until"] = true,
                     ["end of file"] = true }

local Parser = {}
Parser.__index = Parser

-- ---- tokens ----

function Parser:is(type)
  return self.lexer.token.type == type
end

function Parser:next()
  local token = self.lexer.token
  self.lexer:advance()
  return token
end

function Parser:accept(type)
  return self:is(type) and self:next()
end

function Parser:expect(type)
  if not self:is(type) then lexer.fail(self.lexer.token.at, "'" .. type .. "' expected") end
  return self:next()
end

-- ---- scopes ----

function Parser:open_scope()
  self.scope = setmetatable({ [0] = self.scope }, { __index = self.scope })
end

function Parser:close_scope()
  self.scope = self.scope[0]
end

function Parser:declare(token, value)
  local variable = { name = token.value, at = token.at, owner = self.owner, value = value,
                     writes = 0 }
  self.scope[token.value] = variable
  return variable
end

function Parser:resolve(token)
  local variable, environment = self.scope[token.value], self.scope._ENV
  local node = { kind = "name", name = token.value, at = token.at, variable = variable,
                 is_elsewhere = not variable and environment ~= nil }
  local owner = self.owner
  while owner and not (variable and variable.owner == owner) do
    if variable then owner.upvalues[variable] = true else owner.globals[token.value] = node end
    owner = owner.parent
  end
  return node
end

-- ---- expressions ----

function Parser:name()
  local node = self:resolve(self:expect "name")
  self.listener.name(node)
  return node
end

function Parser:field_name()
  local token = self:expect "name"
  return { kind = "string", value = token.value, at = token.at }
end

function Parser:table()
  local node = { kind = "table", at = self:expect("{").at, fields = {} }
  while not self:is "}" do
    local key
    if self:accept "[" then
      key = self:expression()
      self:expect "]"
      self:expect "="
    elseif self:is "name" and self.lexer:is_before "=" then
      key = self:field_name()
      self:expect "="
    end
    node.fields[#node.fields + 1] = { key = key, value = self:expression() }
    if not (self:accept "," or self:accept ";") then break end
  end
  self:expect "}"
  self.listener.made_table(node)
  return node
end

-- From the parameters on.
function Parser:body(at, receiver)
  local node = { kind = "function", at = at, upvalues = {}, globals = {}, parent = self.owner }
  self.owner = node
  self:open_scope()
  if receiver then self:declare { value = "self", at = at } end
  local parameters = {}
  self:expect "("
  while not self:is ")" do
    if self:accept "..." then break end
    parameters[#parameters + 1] = self:expect "name"
    self:declare(parameters[#parameters])
    if not self:accept "," then break end
  end
  self:expect ")"
  self.listener.parameters(parameters)
  self:block()
  self:close_scope()
  self:expect "end"
  self.owner = node.parent
  return node
end

function Parser:arguments()
  if self:is "{" then return { self:table() } end
  local token = self:accept "string"
  if token then return { { kind = "string", value = token.value, at = token.at } } end
  self:expect "("
  local list = self:is ")" and {} or self:expressions()
  self:expect ")"
  return list
end

function Parser:call(callee, method)
  local node = { kind = "call", callee = callee, method = method, at = (method or callee).at,
                 within = self.owner }
  local outer = self.argument_of
  self.argument_of = node
  node.arguments = self:arguments()
  self.argument_of = outer
  self.listener.call(node)
  return node
end

function Parser:index(object, key)
  local node = { kind = "index", object = object, key = key, at = key.at }
  self.listener.index(node)
  return node
end

function Parser:suffixed()
  local node
  if self:is "(" then
    local at = self:next().at
    node = { kind = "parenthesis", at = at, inside = self:expression() }
    self:expect ")"
  else
    node = self:name()
  end
  while true do
    if self:accept "." then
      node = self:index(node, self:field_name())
    elseif self:accept "[" then
      node = self:index(node, self:expression())
      self:expect "]"
    elseif self:accept ":" then
      node = self:call(node, self:field_name())
    elseif self:is "(" or self:is "{" or self:is "string" then
      node = self:call(node)
    else
      return node
    end
  end
end

local constants = { ["nil"] = true, ["true"] = true, ["false"] = true, ["..."] = true,
                    number = true, string = true }

function Parser:simple()
  local token = self.lexer.token
  if constants[token.type] then
    self:next()
    return { kind = token.type, value = token.value, at = token.at }
  end
  if self:is "{" then return self:table() end
  if self:accept "function" then
    local call = self.argument_of
    self.argument_of = nil
    local node = self:body(token.at)
    self.argument_of, node.argument_of = call, call
    return node
  end
  return self:suffixed()
end

function Parser:expression(limit)
  limit = limit or 0
  local token = self.lexer.token
  local left
  if unary[token.type] then
    self:next()
    left = { kind = "unary", operator = token.type, at = token.at,
             operand = self:expression(UNARY) }
    self.listener.operation(left)
  else
    left = self:simple()
  end
  while true do
    token = self.lexer.token
    local order = priority[token.type]
    if not order or order[1] <= limit then return left end
    self:next()
    left = { kind = "binary", operator = token.type, at = token.at, left = left,
             right = self:expression(order[2]) }
    self.listener.operation(left)
  end
end

function Parser:expressions()
  local list = {}
  repeat list[#list + 1] = self:expression() until not self:accept ","
  return list
end

-- ---- statements ----

local statements = {}

function Parser:statements()
  while not ends_block[self.lexer.token.type] do
    if self:accept "return" then
      if not (ends_block[self.lexer.token.type] or self:is ";") then self:expressions() end
      self:accept ";"
      break
    end
    local statement = statements[self.lexer.token.type]
    if statement then
      statement(self, self:next())
    else
      self:assignment()
    end
  end
end

function Parser:block()
  self:open_scope()
  self:statements()
  self:close_scope()
end

function Parser:closed_block()
  self:block()
  self:expect "end"
end

function Parser:condition()
  local node = self:expression()
  self.listener.tested(node)
end

function Parser:assign(target, value)
  if target.variable then target.variable.writes = target.variable.writes + 1 end
  self.listener.assigned(target, value, self.owner)
end

-- A call is one that ends without '='.
function Parser:assignment()
  local targets = {}
  repeat targets[#targets + 1] = self:suffixed() until not self:accept ","
  if targets[1].kind == "call" and not targets[2] then return end
  self:expect "="
  local values = self:expressions()
  for i, target in ipairs(targets) do self:assign(target, values[i]) end
end

statements[";"] = function() end
statements["break"] = function() end
statements["goto"] = function(self) self:expect "name" end
statements["do"] = Parser.closed_block

statements["::"] = function(self)
  self:expect "name"
  self:expect "::"
end

statements["while"] = function(self)
  self:condition()
  self:expect "do"
  self:closed_block()
end

-- The condition sees the locals of the block.
statements["repeat"] = function(self)
  self:open_scope()
  self:statements()
  self:expect "until"
  self:condition()
  self:close_scope()
end

statements["if"] = function(self)
  repeat
    self:condition()
    self:expect "then"
    self:block()
  until not self:accept "elseif"
  if self:accept "else" then self:block() end
  self:expect "end"
end

statements["for"] = function(self, token)
  local names = {}
  repeat names[#names + 1] = self:expect "name" until not self:accept ","
  local is_numeric = self:accept "=" or not self:expect "in"
  local values = self:expressions()
  if is_numeric then self.listener.loop(token.at, values, self.owner) end
  self:expect "do"
  self:open_scope()
  for _, name in ipairs(names) do self:declare(name) end
  self:closed_block()
  self:close_scope()
end

statements["function"] = function(self, token)
  local target = self:name()
  local receiver
  while self:is "." or self:is ":" do
    receiver = self:next().type == ":"
    target = self:index(target, self:field_name())
  end
  self:assign(target, self:body(token.at, receiver))
end

statements["local"] = function(self)
  if self:accept "function" then
    local variable = self:declare(self:expect "name")
    variable.value = self:body(variable.at)
    return
  end
  local names = {}
  repeat
    names[#names + 1] = self:expect "name"
    if self:accept "<" then
      self:expect "name"
      self:expect ">"
    end
  until not self:accept ","
  local values = self:accept "=" and self:expressions() or {}
  for i, name in ipairs(names) do self:declare(name, values[i]) end
end

local parser = {}

--- Reads the text of a chunk.
function parser.read(text, listener, comment)
  local self = setmetatable({ listener = listener, scope = {} }, Parser)
  self.lexer = lexer.new(text, comment)
  self:block()
  if not self:is "end of file" then lexer.fail(self.lexer.token.at, "'<eof>' expected") end
end

return parser
