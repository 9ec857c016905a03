-- What data looks like after its way, how __transfer has its say, what is refused and by which
-- path, and how deep all that may be.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)
local through, there, run = helper.through, helper.there, helper.run_there

local function refusal(...)
  local ok, message = pcall(spawn, print, ...)
  assert.is_false(ok)
  return message
end

local ways = { ["through a queue"] = through, ["to a thread and back"] = there }

for way, send in pairs(ways) do
  describe("a value " .. way, function()
    it("is the same scalar", function()
      local values = {
        true, false, 0, 1, -1, 63, 64, -64, -65, 127, 128, -128, -129, 32767, 32768, -32769,
        2147483647, 2147483648, -2147483649, math.maxinteger, math.mininteger, 0.5, 1e300, -1e-300,
        1 / 0, -1 / 0, 3.0, "", "a", "a\0b", ("x"):rep(47), ("x"):rep(48), ("x"):rep(255),
        ("x"):rep(256), ("x"):rep(70000),
      }
      for _, value in ipairs(values) do
        local got = send(value)
        assert.equal(value, got)
        assert.equal(math.type(value), math.type(got))
        local inside = send({ value, key = value, [value] = 1 })
        assert.equal(value, inside[1])
        assert.equal(value, inside.key)
        assert.equal(math.type(value), math.type(inside.key))
        assert.equal(1, inside[value] == 1 and 1 or inside[1])
      end
    end)

    it("keeps the bits of floats", function()
      assert.equal("-0.0", tostring(send(-0.0)))
      local nan = send(0 / 0)
      assert.is_true(nan ~= nan)
      for _ = 1, 100 do
        local bits = math.random(0)
        local value = string.unpack("n", string.pack("j", bits))
        assert.equal(bits, string.unpack("j", string.pack("n", (send(value)))))
      end
    end)

    it("keeps nils and how many there are", function()
      assert.equal(3, select("#", send(nil, 1, nil)))
      assert.equal(0, select("#", send()))
      assert.equal(300, select("#", send(table.unpack({}, 1, 300))))
    end)

    it("keeps tables: sequences, holes, keys of all kinds", function()
      local got = send { 1, 2, 3, a = 1, [1.5] = 2, [true] = 3, [-1] = 4, b = { c = { d = "x" } } }
      assert.same({ 1, 2, 3, a = 1, [1.5] = 2, [true] = 3, [-1] = 4, b = { c = { d = "x" } } }, got)
      assert.equal(3, #send { nil, nil, 3 })
      assert.same({ 1, nil, 3 }, (send { 1, nil, 3 }))
      local backwards, words = {}, {}
      for i = 1000, 1, -1 do
        backwards[i] = i
        words["word" .. i] = i
      end
      assert.same(backwards, (send(backwards)))
      assert.same(words, (send(words)))
    end)

    it("keeps cycles and shared references", function()
      local t = { {}, {} }
      t.self, t.first, t[t[1]] = t, t[1], t[2]
      local got = send(t)
      assert.equal(got, got.self)
      assert.equal(got[1], got.first)
      assert.equal(got[2], got[got[1]])
      assert.not_equal(t, got)
      local a, b = send(t, t)
      assert.equal(a, b)
    end)

    it("may be nested as deep as memory allows", function()
      local list
      for i = 1, 200000 do list = { next = list, i = i } end
      local got = send(list)
      for i = 200000, 1, -1 do
        if got.i ~= i then error("wrong at " .. i) end
        got = got.next
      end
      assert.is_nil(got)
      local f = function() return "end" end
      for _ = 1, 1000 do
        local g = f
        f = function() return g end
      end
      got = send(f)
      while type(got) == "function" do got = got() end
      assert.equal("end", got)
    end)

    it("is data of any size", function()
      local big = {}
      for i = 1, 50000 do big[i] = { id = i, name = "n" .. i, 1, 2.5, i % 2 == 0 } end
      assert.same(big, (send(big)))
    end)
  end)
end

describe("__transfer", function()
  local Vector = {
    __transfer = function(self)
      return function(x, y) return { rebuilt = true, x = x, y = y } end, self.x, self.y
    end,
  }

  it("says how a value travels", function()
    local got = there(setmetatable({ x = 1, y = { 2 } }, Vector))
    assert.same({ rebuilt = true, x = 1, y = { 2 } }, got)
  end)

  it("keeps the identity within a message", function()
    local v = setmetatable({ x = 1 }, Vector)
    local a, b = through(v, { v })
    assert.equal(a, b[1])
  end)

  it("may nest, around data of any depth", function()
    local Box = {
      __transfer = function(self) return function(v) return { inner = v } end, self.inner end,
    }
    local v = 0
    for _ = 1, 100 do v = setmetatable({ inner = v }, Box) end
    local depth, got = 0, through(v)
    while got ~= 0 do depth, got = depth + 1, got.inner end
    assert.equal(100, depth)
    local list
    for _ = 1, 1000 do list = { next = list } end
    local Count = {
      __transfer = function(self)
        return function(l)
          local n = 0
          while l do n, l = n + 1, l.next end
          return n
        end, self.list
      end,
    }
    assert.equal(1000, (through(setmetatable({ list = list }, Count))))
  end)

  it("may send messages itself", function()
    local inner = Queue()
    local Busy = {
      __transfer = function(self)
        inner:put { self.x, { print } }
        return function(x) return { x = through { x }[1] } end, inner:get()[1]
      end,
    }
    local got = through { setmetatable({ x = 1 }, Busy), setmetatable({ x = 2 }, Busy) }
    assert.equal(1, got[1].x)
    assert.equal(2, got[2].x)
  end)

  it("may be a reason why not", function()
    local v = setmetatable({}, { __transfer = "a socket is tied to its thread" })
    assert.matches("cannot send argument #2%.s: a socket is tied to its thread", refusal { s = v })
  end)

  it("fails as the hook fails", function()
    local failure = {}
    local v = setmetatable({}, { __transfer = function() error(failure) end })
    local ok, message = pcall(Queue().put, Queue(), v)
    assert.is_false(ok)
    assert.equal(failure, message)
    assert.matches("argument #2: its __transfer gives no function",
      refusal(setmetatable({}, { __transfer = function() return 1 end })))
    assert.matches("argument #2: its __transfer is a number",
      refusal(setmetatable({}, { __transfer = 1 })))
    local own = setmetatable({}, { __transfer = function(self) return print, self end })
    assert.matches("contains itself by way of __transfer", refusal(own))
  end)

  it("fails at the receiver as rebuilding fails", function()
    local v = setmetatable({}, { __transfer = function() return error, "no room here" end })
    local thread = spawn(print, v)
    local ok, message = pcall(thread.join, thread)
    assert.is_false(ok)
    assert.matches("no room here", tostring(message))
  end)
end)

message_log = { file = io.tmpfile() }

describe("a refusal", function()
  local log = io.tmpfile()

  it("names the path and the reason", function()
    assert.matches("cannot send argument #2: a coroutine is tied to its thread$",
      refusal(coroutine.create(print)))
    assert.matches("cannot send argument #3%.config%.handlers%[3%]: a coroutine is tied",
      refusal(1, { config = { handlers = { 1, 2, coroutine.create(print) } } }))
    assert.matches('cannot send argument #2%["a b"%]%[1%.5%]%[true%]: FILE%* is tied to its thread',
      refusal { ["a b"] = { [1.5] = { [true] = log } } })
    assert.matches("cannot send argument #2 %(a key%): FILE%* is", refusal { [log] = 1 })
    assert.matches("cannot send argument #2's metatable%.f: FILE%* is",
      refusal(setmetatable({}, { f = log })))
    assert.matches("cannot send argument #2: a C function that is in no module",
      refusal(string.gmatch("a", "a")))
  end)

  it("names the function whose upvalue it is", function()
    local line = debug.getinfo(1, "l").currentline
    assert.matches("cannot send upvalue 'log' of function .*message_spec%.lua:"
      .. line + 3 .. ": FILE%* is tied to its thread$",
      refusal(function() return log end))
    local outer = { log = log }
    assert.matches("cannot send upvalue 'outer%.log' of function",
      refusal { { function() return outer end } })
  end)

  it("names the function that names the global", function()
    assert.matches("cannot send global 'message_log%.file' named by function .-: FILE%* is",
      refusal(function() return message_log end))
  end)

  it("shortens what is very deep", function()
    local list = { log }
    for _ = 1, 1000 do list = { next = list } end
    assert.matches("cannot send argument #2%(%.%.%.%).*%[1%]: FILE%*", refusal(list))
  end)

  it("comes at the caller's line", function()
    assert.matches("^here:2: cannot send ", helper.error_of(
      "\nQueue():put(coroutine.create(print))"))
    assert.matches("^here:2: cannot send argument #2: ", helper.error_of(
      "\nspawn(print, coroutine.create(print))"))
  end)

  it("changes nothing", function()
    local queue = Queue()
    assert.is_false(pcall(queue.put, queue, { Queue(), {}, log }))
    assert.equal(0, #queue)
    queue:put(1)
    assert.equal(1, (queue:get()))
  end)
end)

describe("a message in a thread with little memory", function()
  -- Sends objects whose hooks leave garbage; how many arrive wrong, or the error.
  local function send_many()
    local T = {}
    T.__transfer = function(self)
      for i = 1, 40 do table.pack(i) end -- garbage
      return function(a, b) return { a[1], b[1] } end, { self.n }, { self.n .. "b" }
    end
    local list, queue = {}, Queue()
    for i = 1, 1000 do list[i] = setmetatable({ n = i }, T) end
    local ok, message = pcall(queue.put, queue, list)
    if not ok then return message end
    local wrong = 0
    for i, v in ipairs((queue:get())) do
      if type(v) ~= "table" or v[1] ~= i or v[2] ~= i .. "b" then wrong = wrong + 1 end
    end
    return wrong
  end

  it("is right or fails, whatever hooks drop", function()
    for _, limit in ipairs { 200000, 300000, 400000, 800000, 1200000, 2500000, 5000000 } do
      local ok, result = pcall(function()
        return spawn({ send_many, memory_limit = limit }):join()
      end)
      if not ok or result ~= 0 then
        assert.matches(ok and "not enough memory" or "memory limit", tostring(result))
      end
    end
    assert.equal(0, (spawn({ send_many, memory_limit = 50000000 }):join()))
  end)
end)

describe("nesting at the limits of depth", function()
  local nests = {
    tables = function(v) return { v } end,
    upvalues = function(v) return function() return v end end,
    metatables = function(v) return setmetatable({}, type(v) == "table" and v or {}) end,
    inheritance = function(v)
      local class = setmetatable({}, type(v) == "table" and v or nil)
      class.__index = class
      return class
    end,
  }

  for kind, nest in pairs(nests) do
    it("arrives: " .. kind, function()
      for _, length in ipairs { 99, 100, 101, 102, 110, 189, 190, 191, 192, 199, 200, 201, 300 } do
        local v = "end"
        for _ = 1, length do v = nest(v) end
        assert.equal(type(v), run(type, v))
      end
    end)
  end

  it("arrives or is refused by the sender: modules of package.preload", function()
    local name = "message_spec_nest"
    for _, length in ipairs { 50, 94, 95, 96, 110, 300 } do
      local last
      for i = 1, length do
        local below, module = last, { f = function() end }
        package.loaded[name .. i] = module
        package.preload[name .. i] = function() return { f = print, below } end
        last = module
      end
      local ok, result = pcall(run, type, last)
      for i = 1, length do package.loaded[name .. i], package.preload[name .. i] = nil, nil end
      if length < 95 then assert.is_true(ok) end
      if not ok then
        assert.matches("cannot send upvalue 'below' of .*: too many modules", tostring(result))
      end
    end
  end)

  it("arrives or is refused by the sender: __transfer", function()
    for _, length in ipairs { 50, 94, 95, 96, 110, 189, 190, 191, 300 } do
      local v = {}
      for _ = 1, length do
        local inner = v
        v = setmetatable({}, { __transfer = function()
          return function(...) return ... end, { inner }
        end })
      end
      local ok, result = pcall(run, type, v)
      if length < 95 then assert.is_true(ok) end
      if not ok then assert.matches("too many __transfer within each other", tostring(result)) end
    end
  end)
end)
