-- All that is public is annotated in stdlib/, and all that is annotated there exists: the reference
-- pages, help in editors and in the REPL are made from these lines.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

---@class Declared
---@field where string file:line
---@field doc string[] the lines of the comment above it
---@field parameters string[]

-- Reads `function owner.name(...)` and `function owner:name(...)` with the comments above them, the
-- classes with their fields, the types that are named, and globals, from one file into `found`.
local function read_file(path, found)
  local doc, class, variable, number = {}, nil, {}, 0
  for line in io.lines(path) do
    number = number + 1
    local owner, name, parameters = line:match("^function ([%w_]+)[.:]([%w_]+)%((.-)%)")
    local global = line:match("^([%a_][%w_]*) = moons")
    if line:find("^%-%-%-") then
      doc[#doc + 1] = line
      local begun = line:match("^%-%-%-@class ([%w_.]+)")
      if begun then class, found.classes[begun] = begun, path .. ":" .. number end
      if line:find("^%-%-%-@") then
        for named in line:gmatch("moons%.%u%w*") do found.types[named] = path .. ":" .. number end
      end
      local field = line:match("^%-%-%-@field ([%w_]+)")
      if field then found.fields[class .. "." .. field] = path .. ":" .. number end
    else
      local declared = line:match("^local ([%w_]+) =")
      if declared and table.concat(doc, "\n"):find("---@class", 1, true) then
        variable[declared] = class
      end
      if owner then
        local list = {}
        for parameter in parameters:gmatch("[%w_.]+") do list[#list + 1] = parameter end
        local known = variable[owner] or error(path .. ": " .. owner .. " has no class")
        found.functions[known .. "." .. name] =
          { where = path .. ":" .. number, doc = doc, parameters = list }
      elseif global then
        found.globals[global] = path .. ":" .. number
      end
      doc = {}
    end
  end
end

local function read_all()
  local found = { functions = {}, fields = {}, globals = {}, classes = {}, types = {} }
  local list <close> = assert(io.popen("find stdlib -name '*.lua' | sort"))
  for path in list:lines() do read_file(path, found) end
  return found
end

local found = read_all()

-- The methods of a type whose __index is a function in C, which has them as its upvalue.
local function methods_behind(object)
  local _, methods = debug.getupvalue(getmetatable(object).__index, 1)
  return methods
end

-- What there is to be annotated: name of the class, table of its members.
local queue, lock = Queue(), Lock()
local executor, pool = futures.ThreadPoolExecutor(1), Pool(1)
local completed = subprocess.run { "true" }
local process = moons.process(tostring, 1)
local listener = moons.net.listen "unix:@annotations"

-- Its methods, and its fields of another kind.
local function popen_members()
  local members = { pid = 1, returncode = 0, args = {}, stdin = io.stdin, stdout = io.stdout,
                    stderr = io.stderr }
  local popen <close> = subprocess.Popen { "true", stdin = "pipe", stdout = "pipe",
                                           stderr = "pipe" }
  popen:wait()
  for name, value in pairs(members) do assert(type(popen[name]) == type(value), name) end
  for name, method in pairs(methods_behind(popen)) do members[name] = method end
  return members
end

-- Those of moons.remote, from a server; without one what is declared.
local function remote_members()
  local members = { ["moons.remote"] = moons.remote, ["moons.RemoteGuard"] = {} }
  local kinds = { "Connection", "Queue", "Lock", "Shared", "Atomic", "Server" }
  local server <close> = moons.remote.serve()
  local r <close> = server and moons.remote.connect(server)
  for _, kind in ipairs(kinds) do
    members["moons.Remote" .. kind] = r and {} or setmetatable({}, { __index = function()
      return print
    end })
  end
  if not r then return members end
  members["moons.RemoteConnection"] = getmetatable(r).__index
  members["moons.RemoteQueue"] = getmetatable(r:queue("q")).__index
  members["moons.RemoteLock"] = getmetatable(r:lock("l")).__index
  members["moons.RemoteShared"] = methods_behind(r:shared("s"))
  members["moons.RemoteAtomic"] = getmetatable(r:atomic("a")).__index
  members["moons.RemoteServer"] =
    { url = server.url, authkey = server.authkey, pid = server.pid, close = server.close }
  return members
end

local classes = {
  moons = moons,
  ["moons.Queue"] = getmetatable(queue).__index,
  ["moons.LifoQueue"] = {},     -- of Queue's methods, see below
  ["moons.PriorityQueue"] = {}, -- the same
  ["moons.Lock"] = getmetatable(lock).__index,
  ["moons.RLock"] = getmetatable(moons.RLock()).__index,
  ["moons.Semaphore"] = getmetatable(moons.Semaphore()).__index,
  ["moons.BoundedSemaphore"] = getmetatable(moons.BoundedSemaphore()).__index,
  ["moons.Event"] = getmetatable(moons.Event()).__index,
  ["moons.Condition"] = getmetatable(moons.Condition()).__index,
  ["moons.Barrier"] = getmetatable(moons.Barrier(1)).__index,
  ["moons.RWLock"] = getmetatable(moons.RWLock()).__index,
  ["moons.Once"] = getmetatable(moons.Once()).__index,
  ["moons.Atomic"] = getmetatable(moons.Atomic(0)).__index,
  ["moons.Shared"] = methods_behind(moons.Shared()),
  ["moons.Thread"] = getmetatable(moons.current()).__index,
  ["moons.Process"] = getmetatable(process).__index,
  ["moons.Buffer"] = methods_behind(moons.Buffer(0)),
  ["moons.Array"] = methods_behind(moons.Array("int8", 0)),
  ["moons.Generator"] = getmetatable(moons.Generator(print)).__index,
  ["moons.Scope"] = getmetatable(moons.Scope()).__index,
  ["moons.Actor"] = getmetatable(moons.Actor(print)).__index,
  ["moons.futures"] = futures,
  ["moons.Future"] = getmetatable(executor:submit(tostring, 1)).__index,
  ["moons.ThreadPoolExecutor"] = getmetatable(executor).__index,
  ["moons.ProcessPoolExecutor"] = {}, -- of ThreadPoolExecutor's methods
  ["moons.Pool"] = getmetatable(pool).__index,
  ["moons.MapResult"] = getmetatable(pool:map_async(print, {})).__index,
  ["moons.subprocess"] = subprocess,
  ["moons.CompletedProcess"] = { args = {}, returncode = 0, returncodes = {}, stdout = "",
    stderr = "", check_returncode = completed.check_returncode },
  ["moons.Popen"] = popen_members(),
  ["moons.net"] = moons.net,
  ["moons.Listener"] = getmetatable(listener).__index,
  ["moons.Connection"] = getmetatable(moons.net.pair()).__index,
  ["moons.stdin"] = moons.stdin,
  ["moons.Guard"] = {},       -- to be closed, nothing else
  ["moons.Threadlocal"] = {}, -- its fields are the script's
}

for class, members in pairs(remote_members()) do classes[class] = members end

-- Shapes of tables that are given to calls.
local shapes = { ["moons.SpawnCall"] = true, ["moons.ProcessCall"] = true,
  ["moons.TaskCall"] = true, ["moons.BarrierOptions"] = true,
  ["moons.PriorityQueueOptions"] = true, ["moons.SelectCases"] = true,
  ["moons.ThreadPoolExecutorOptions"] = true, ["moons.PoolOptions"] = true,
  ["moons.ProcessPoolExecutorOptions"] = true,
  ["moons.MapOptions"] = true, ["moons.ApplyOptions"] = true, ["moons.MapAsyncOptions"] = true,
  ["moons.ShutdownOptions"] = true, ["moons.WaitOptions"] = true,
  ["moons.ProgressOptions"] = true, ["moons.PopenCall"] = true, ["moons.RunCall"] = true,
  ["moons.PipelineCall"] = true, ["moons.ScopeOptions"] = true,
  ["moons.TlsOptions"] = true, ["moons.ConnectionOptions"] = true,
  ["moons.ConnectOptions"] = true, ["moons.ListenOptions"] = true,
  ["moons.ServeOptions"] = true, ["moons.RemoteTlsOptions"] = true,
  ["moons.RemoteConnectOptions"] = true, ["moons.RemoteQueueOptions"] = true,
  ["moons.RemoteLockOptions"] = true, ["moons.RemoteSharedOptions"] = true,
  ["moons.RemoteAtomicOptions"] = true, ["moons.ActorOptions"] = true,
  ["moons.ActorSelf"] = true, ["moons.ThreadTasks"] = true }

local predefined = { "spawn", "Queue", "Lock", "threadlocal", "Pool", "futures", "subprocess",
                     "moons" }

describe("annotations", function()
  for class, members in pairs(classes) do
    it("cover all of " .. class, function()
      for name, value in pairs(members) do
        local full = class .. "." .. name
        local there = type(value) == "function" and found.functions[full] or found.fields[full]
        assert.is_truthy(there, full .. " is not annotated")
      end
    end)
  end

  it("declare nothing that does not exist", function()
    for full, declared in pairs(found.functions) do
      local class, name = full:match("^(.*)%.([^.]+)$")
      local members = classes[class]
      assert.is_truthy(members, declared.where .. ": class " .. class)
      assert.equal("function", type(members[name]), declared.where)
    end
    for full, where in pairs(found.fields) do
      local class, name = full:match("^(.*)%.([^.]+)$")
      if classes[class] then assert.is_truthy(classes[class][name] ~= nil, where) end
    end
  end)

  it("name no class that is not declared, and declare those of all objects", function()
    for name, where in pairs(found.types) do
      assert.is_truthy(found.classes[name], where .. ": " .. name)
    end
    for class in pairs(classes) do assert.is_truthy(found.classes[class], class) end
    for class, where in pairs(found.classes) do
      assert.is_truthy(classes[class] or shapes[class], where .. ": " .. class)
    end
  end)

  it("are right that all kinds of queues have the same methods", function()
    for _, kind in ipairs { moons.LifoQueue, moons.PriorityQueue } do
      local names = {}
      for name, method in pairs(getmetatable(kind()).__index) do
        names[name] = true
        assert.equal(type(classes["moons.Queue"][name]), type(method), name)
      end
      for name in pairs(classes["moons.Queue"]) do assert.is_true(names[name], name) end
    end
  end)

  it("name the options of PriorityQueue, all of them", function()
    local names = {}
    for full in pairs(found.fields) do
      local option = full:match("^moons%.PriorityQueueOptions%.(.*)$")
      if option then
        names[#names + 1] = option
        assert.matches("option '" .. option .. "'",
          helper.error_of(("moons.PriorityQueue { %s = true }"):format(option)), nil, true)
      end
    end
    table.sort(names)
    assert.same({ "key", "less", "maxsize" }, names)
  end)

  it("are right that a guard can be closed and does nothing else", function()
    local guard <close> = lock:hold()
    assert.is_function(getmetatable(guard).__close)
    assert.is_nil(getmetatable(guard).__index)
    assert.is_true(lock:locked())
  end)

  it("are right that a threadlocal takes any field and can be walked", function()
    local fields = threadlocal()
    local key = {}
    fields[key], fields.name, fields[1] = "a table", "a string", print
    local seen = {}
    for name, value in pairs(fields) do seen[name] = value end
    assert.same({ [key] = "a table", name = "a string", [1] = print }, seen)
    assert.is_nil(fields.other)
  end)

  it("name the options of progress, all of them", function()
    local names = {}
    for full in pairs(found.fields) do
      local option = full:match("^moons%.ProgressOptions%.(.*)$")
      if option then
        names[#names + 1] = option
        assert.matches("field '" .. option .. "'",
          helper.error_of(("moons.progress(1, { %s = print })"):format(option)), nil, true)
      end
    end
    table.sort(names)
    assert.same({ "desc", "total", "unit" }, names)
  end)

  it("name the options of spawn and of task, all of them", function()
    for class, of in pairs {
      SpawnCall = { "spawn", "affinity", "daemon", "memory_limit", "n", "name", "nice" },
      TaskCall = { "moons.task", "daemon", "n", "name" },
    } do
      local names = {}
      for full in pairs(found.fields) do
        local option = full:match("^moons%." .. class .. "%.(.*)$")
        if option then
          names[#names + 1] = option
          -- No option takes a function. What is said of one tells that the option is known.
          assert.matches("option '" .. option .. "'",
            helper.error_of(("%s { print, %s = print }"):format(of[1], option)), nil, true)
        end
      end
      table.sort(names)
      assert.same(table.move(of, 2, #of, 1, {}), names)
    end
  end)

  it("name the options of net, all of them", function()
    for class, of in pairs {
      ConnectionOptions = { "moons.net.listen('a:1', { %s = 1 // 0.0 })", "keepalive", "limit",
        "nodelay", "tls" },
      ConnectOptions = { "moons.net.connect('a:1', { %s = 'x' })", "timeout" },
      ListenOptions = { "moons.net.listen('a:1', { %s = 'x' })", "backlog", "reuseport" },
      TlsOptions = { "moons.net.connect('a:1', { tls = { %s = 1 } })", "alpn", "ca", "cert", "host",
        "key", "verify" },
    } do
      local names = {}
      for full in pairs(found.fields) do
        local option = full:match("^moons%." .. class .. "%.(.*)$")
        if option then
          names[#names + 1] = option
          assert.matches(option .. "' must be", helper.error_of(of[1]:format(option)), nil, true)
        end
      end
      table.sort(names)
      assert.same(table.move(of, 2, #of, 1, {}), names)
    end
  end)

  it("cover the predefined names", function()
    for _, name in ipairs(predefined) do
      if name ~= "moons" then assert.is_truthy(found.globals[name], name) end
      assert.equal(name == "moons" and moons or moons[name], _G[name])
    end
    for name, where in pairs(found.globals) do assert.is_truthy(_G[name] ~= nil, where) end
  end)

  it("begin with a sentence and describe each parameter, in order", function()
    for full, declared in pairs(found.functions) do
      local text = table.concat(declared.doc, "\n")
      assert.matches("^%-%-%- ?%u[^\n]+", text, nil, declared.where .. ": " .. full)
      local described = {}
      for name in text:gmatch("%-%-%-@param ([%w_.]+)") do described[#described + 1] = name end
      assert.same(declared.parameters, described, declared.where .. ": " .. full)
    end
  end)

  it("say what is returned, or that nothing is", function()
    for full, declared in pairs(found.functions) do
      local text = table.concat(declared.doc, "\n")
      assert.is_truthy(text:find("---@return", 1, true) or text:find("Returns nothing", 1, true),
        declared.where .. ": " .. full)
    end
  end)

  it("are Lua that loads", function()
    local list <close> = assert(io.popen("find stdlib -name '*.lua'"))
    for path in list:lines() do assert.is_function(assert(loadfile(path))) end
  end)
end)
