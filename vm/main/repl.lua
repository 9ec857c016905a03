-- main/repl.lua -- what an input of the REPL means: expression, statement, command, or the
-- beginning of one. repl.c reads the lines and runs what comes of them.
--
-- Local variables that an input declares at its outer level are there for the inputs after it. Such
-- an input ends with a call that hands over a function with these variables as its upvalues; a
-- later input that names some of them is compiled as a function within their declaration, and its
-- upvalues are joined with those. So all share one variable, closures included.

local core = ...

local lexer = core.face "lexer"
-- No method of strings is called in the files of the REPL: scripts may have changed that.
local load, find, sub, gsub, match, format, concat = load, string.find, string.sub, string.gsub,
  string.match, string.format, table.concat

local repl = {}

-- The variables by name: closure and index of the upvalue, and the attribute.
---@class Cell
---@field closure function
---@field index integer
---@field attribute? "const"|"close"
---@type table<string, Cell>
local cells = {}

-- ---- the inputs ------------------------------------------------------------

local sources, count = {}, 0 -- of the last inputs, by the names of their chunks; all in number
local sources_most = 200

-- What messages call an input. Who types sees which one it was; others get what `lua` says.
local function chunk_name()
  return core.interactive() and format("=input %d", count + 1) or "=stdin"
end

local function note_source(text)
  sources[sub(chunk_name(), 2)] = text
  count = count + 1
  sources[format("input %d", count - sources_most)] = nil
end

--- The text of the input whose chunk has that name; nil: it is none of the last.
---@return string?
function repl.source_of(chunk) return sources[chunk] end

-- ---- what an input declares ------------------------------------------------

local opens = { ["function"] = 1, ["do"] = 1, ["then"] = 1, ["repeat"] = 1,
                ["end"] = -1, ["until"] = -1, ["elseif"] = -1 }

---@class Scan
---@field used table<string, true> all names in it
---@field declared string[] of the outer level, each once
---@field attributes table<string, string>
---@field returns? integer where the return of the outer level begins

-- The declaration that follows a `local`; gives the index of its last token.
local function read_declaration(text, tokens, i, scan)
  local function word(at) return tokens[at] and sub(text, tokens[at + 1], tokens[at + 2] - 1) end
  local function declare(name, attribute)
    if not scan.attributes[name] then scan.declared[#scan.declared + 1] = name end
    scan.attributes[name] = attribute or "none"
  end
  if word(i) == "function" then
    if tokens[i + 3] == "name" then declare(word(i + 3)) end
    return i - 3 -- the function opens a block, and is read as one
  end
  while tokens[i] == "name" do
    local name, attribute = word(i), nil
    i = i + 3
    if word(i) == "<" then
      attribute = word(i + 3)
      i = i + 9
    end
    declare(name, attribute)
    if word(i) ~= "," then break end
    i = i + 3
  end
  return i - 3
end

---@return Scan
local function scan_input(text)
  local scan = { used = {}, declared = {}, attributes = {} }
  local tokens, depth, i = lexer.cut(text), 0, 1
  while tokens[i] do
    local kind, from = tokens[i], tokens[i + 1]
    local word = sub(text, from, tokens[i + 2] - 1)
    if kind == "name" then
      scan.used[word] = true
    elseif kind == "keyword" then
      depth = depth + (opens[word] or 0)
      if depth == 0 and word == "return" then scan.returns = from end
      if depth == 0 and word == "local" then i = read_declaration(text, tokens, i + 3, scan) end
    end
    i = i + 3
  end
  return scan
end

-- ---- local variables -------------------------------------------------------

-- Takes the variables over: `getter` returns their values, and has them as its upvalues, but for
-- those that the compiler has put in its place.
local function keep(getter, names, attributes)
  local index_of, i = {}, 1
  while debug.getupvalue(getter, i) do
    index_of[debug.getupvalue(getter, i)] = i
    i = i + 1
  end
  local values = table.pack(getter())
  for n, name in ipairs(names) do
    local value, attribute = values[n], attributes[name]
    cells[name] = {
      closure = index_of[name] and getter or function() return value end,
      index = index_of[name] or 1,
      attribute = attribute ~= "none" and attribute or nil,
    }
  end
end

-- The text with the call that hands over what it declares, in front of a return.
local function with_handover(text, scan)
  if #scan.declared == 0 then return text end
  local call = format(" _KEEP(function() return %s end) ", concat(scan.declared, ", "))
  if not scan.returns then return text .. "\n" .. call end
  return sub(text, 1, scan.returns - 1) .. call .. sub(text, scan.returns)
end

-- Compiles the text among the variables that it names; nil where that can't be, then it is compiled
-- alone: a goto over a declaration, too many variables.
local function compile_within(text)
  local scan, names, parameters = scan_input(text), {}, { "_KEEP <const>" }
  for name, cell in pairs(cells) do
    if scan.used[name] or name == "_ENV" then
      names[#names + 1] = name
      parameters[#parameters + 1] = name .. (cell.attribute and " <const>" or "")
    end
  end
  if #names == 0 and #scan.declared == 0 then return nil end
  local source = format("local %s = ... return function(...) %s\nend",
    concat(parameters, ", "), with_handover(text, scan))
  local make, message = load(source, chunk_name(), "t")
  if not make then
    -- What is wrong with it alone is known; this is wrong because of a variable.
    return nil, find(message, "attempt to assign to const variable", 1, true) and message or nil
  end
  local made = make(function(getter) keep(getter, scan.declared, scan.attributes) end)
  for i = 1, 255 do
    local name = debug.getupvalue(made, i)
    local cell = cells[name]
    if not name then break end
    if cell then debug.upvaluejoin(made, i, cell.closure, cell.index) end
  end
  return made
end

-- ---- compiling -------------------------------------------------------------

local function lacks_its_end(message) return find(message, "<eof>$") ~= nil end

--- Compiles an input: as an expression, else as a statement.
---@param text string
---@return function? chunk
---@return string? message why not
---@return boolean incomplete it may go on
function repl.compile(text)
  local name = chunk_name()
  local expression = "return " .. (match(text, "^=(.*)") or text)
  local chunk, message = load(expression, name, "t")
  if chunk then
    text = expression
  else
    local incomplete = lacks_its_end(message)
    chunk, message = load(text, name, "t")
    if not chunk then return nil, message, incomplete or lacks_its_end(message) end
  end
  local within, wrong = compile_within(text)
  if wrong then return nil, wrong, false end
  return within or chunk, nil, false
end

-- ---- inputs of very many lines -----------------------------------------------

local long = 8192 -- bytes from which on a text is not compiled for each of its lines

local nesting = { ["("] = 1, ["{"] = 1, ["["] = 1, [")"] = -1, ["}"] = -1, ["]"] = -1 }
for word, step in next, opens do nesting[word] = step end

local begun = { text = "", depth = 0 } -- a text that was asked about, and what is open at its end

--- Whether blocks or brackets are open at the end of a long text, which so lacks its end: found
--- from what has come since the last question. What is wrong in it is found once they are closed.
---@param text string
---@return boolean
function repl.is_open(text)
  if #text < long then return false end
  if sub(text, 1, #begun.text) ~= begun.text then begun = { text = "", depth = 0 } end
  local rest, depth = sub(text, #begun.text + 1) .. "\n", begun.depth
  local tokens = lexer.cut(rest)
  for i = 1, #tokens, 3 do
    local kind = tokens[i]
    if kind == "keyword" or kind == "operator" then
      depth = depth + (nesting[sub(rest, tokens[i + 1], tokens[i + 2] - 1)] or 0)
    end
  end
  local is_within_token = tokens[#tokens] == #rest + 1
  if not is_within_token then begun = { text = text, depth = depth } end
  return depth > 0
end

--- The local variables that there are.
---@return fun(): string?, any
function repl.locals()
  return coroutine.wrap(function()
    for name, cell in pairs(cells) do
      local _, value = debug.getupvalue(cell.closure, cell.index)
      coroutine.yield(name, value)
    end
  end)
end

-- ---- the turns -------------------------------------------------------------

local pending  -- the lines so far of an input that goes on
local command  -- that it is for; nil: none
local present  -- shows the results of the input that runs, in its command's way; nil: the usual way

-- The chunk as the command wants it to be run.
local function prepared(chunk, argument)
  if not command then return chunk end
  local wrapped, shows, begin = command.wrap(chunk, argument)
  command, present = nil, shows
  if begin then begin() end
  return wrapped
end

--- Takes the next line; nil: there are no more.
---@param line? string
---@param first boolean an input begins; what was left of another is forgotten
---@return "more"|function|nil what "more": the input goes on; a function: to be run; nil: done
function repl.feed(line, first)
  if first then pending = nil end
  local text = pending and (line and pending .. "\n" .. line or pending) or line
  present = nil
  if not pending then
    command = nil
    if find(line, "^:%a") then
      local is_done
      is_done, text, command = core.face("repl_commands").run(line)
      if is_done then return nil end
      if command.takes == "words" then return prepared(nil, text) end
    end
  end
  pending = nil
  if line and repl.is_open(text) then
    pending = text
    return "more"
  end
  local chunk, message, incomplete = repl.compile(text)
  if incomplete and line then
    pending = text
    return "more"
  end
  note_source(text)
  if chunk then return prepared(chunk) end
  core.face("repl_errors").show(message)
  return nil
end

-- ---- results ---------------------------------------------------------------

local globals, original_print = core.globals, print
local last = { n = 0 } -- the results of the last input that had any

-- `_` is the first result, `_1`, `_2`, ... are all, unless the script has such a variable itself.
local function remember(results)
  local function set(name, old, new)
    if rawequal(rawget(globals, name), old) then rawset(globals, name, new) end
  end
  set("_", last[1], results[1])
  for i = 1, math.max(last.n, results.n) do set("_" .. i, last[i], results[i]) end
  last = results
end

--- Shows the results of an input.
---@return boolean shown false: the script has a print of its own, which is to be called
function repl.show(...)
  local results = table.pack(...)
  if results.n > 0 then remember(results) end
  if present then
    present(results)
    return true
  end
  if results.n == 0 then return true end
  if rawget(globals, "print") ~= original_print then return false end
  core.write(core.face("repl_print").line(results) .. "\n")
  return true
end

--- Tells the errors of what ran beside the prompt, and nobody waited for.
function repl.tell_failed()
  local tell = core.face("repl_errors").tell
  for number, kind, name, report in core.next_failed_thread do
    tell(tostring(number), format("%s '%s'", kind, name), report)
  end
  for number, name, report in core.next_failed_task do
    local label = "task " .. number
    tell(label, name and format("%s '%s'", label, name) or label, report)
  end
end

--- Says, for who leaves, what is still waited for.
function repl.leave()
  local names = core.face("repl_jobs").names()
  if names then core.complain("still running: " .. names .. "; Ctrl-C cancels") end
end

--- Says why an input failed.
---@param report string message and traceback
function repl.fail(report)
  -- The input was compiled as a function, and is the main chunk for who wrote it.
  report = gsub(report, "in function <[^<>\n]+:1>(\n\t%[C%]: in %?)$", "in main chunk%1")
  core.face("repl_errors").show(report)
end

return repl
