-- moons.net: addresses and options, reading, writing, ends and errors. net_within_spec.lua has
-- threads and tasks.
local helper = require "tests.lua.helper"
local describe, it, assert = helper.outside(describe, it, assert)

local net, error_of = moons.net, helper.error_of
local LONG <const> = 60 -- seconds: as good as for ever, but a failure is none

-- What closes those at the end of a block, and they.
local function closing(...)
  local list = { ... }
  return setmetatable({}, { __close = function()
    for _, each in ipairs(list) do each:close() end
  end }), ...
end

-- Both ends of a connection to that address, and the listener, behind what closes them.
local function connected(address, options)
  local listener = assert(net.listen(address or "127.0.0.1:0", options))
  local client = assert(net.connect(listener:address(), options))
  return closing(client, assert(listener:accept(LONG)), listener)
end

local function pair()
  return closing(net.pair())
end

-- Runs block(a, b) for each kind of connection.
local function for_kinds(block)
  for _, address in ipairs { "127.0.0.1:0", "[::1]:0", "unix:@moons-spec" } do
    local _ <close>, a, b, l = connected(address)
    block(a, b, l)
  end
  local _ <close>, a, b = pair()
  block(a, b)
end

local function outcome(...) return { n = select("#", ...), ... } end
local timeout, closed = { n = 2, nil, "timeout" }, { n = 2, nil, "closed" }
local full = { n = 2, nil, "full" }

describe("moons.net refuses", function()
  it("what is no address, at the caller's line", function()
    for _, name in ipairs { "connect", "listen" } do
      local source = ("\nmoons.net.%s(...)"):format(name)
      local head = ("^here:2: bad argument #1 to '%s' "):format(name)
      assert.matches(head .. "%(string expected, got nil%)$", error_of(source))
      assert.matches(head .. "%(string expected, got number%)$", error_of(source, 80))
      for _, address in ipairs { "", "localhost", "::1:80", "[::1]", "[::1:80", "a:b:c", "a:",
                                 "a:8 0", "a\0b:80", "a:80\0", "[a]b]:80", "http://a:80",
                                 "a:65536", "[::1]:99999999999", "a:-1" } do
        assert.matches(head .. "%('host:port' or 'unix:path' expected, got '",
          error_of(source, address))
      end
      for _, path in ipairs { "unix:", "unix:" .. ("x"):rep(108), "unix:a\0b" } do
        assert.matches(head .. "%(a path of 1 to 107 bytes expected, got '", error_of(source, path))
      end
    end
  end)

  it("options that there are not, and values that they cannot have", function()
    local function refused(name, options, message)
      assert.equal(("here:1: bad argument #2 to '%s' (%s)"):format(name, message),
        error_of(("moons.net.%s('127.0.0.1:1', ...)"):format(name), options))
    end
    for _, name in ipairs { "connect", "listen" } do
      refused(name, 5, "table expected, got number")
      refused(name, { [1] = true }, "unknown option '1'")
      refused(name, { linger = true }, "unknown option 'linger'")
      for _, limit in ipairs { 0, -1, 1.5, 1 << 31, "9" } do
        refused(name, { limit = limit }, "option 'limit' must be a count of bytes, at least 1")
      end
      refused(name, { nodelay = 1 }, "option 'nodelay' must be true or false")
      for _, seconds in ipairs { 0, -1, 0.5, "1" } do
        refused(name, { keepalive = seconds },
          "option 'keepalive' must be true, false, or whole seconds")
      end
    end
    for _, seconds in ipairs { -1, 0 / 0, "1", false } do
      refused("connect", { timeout = seconds }, "option 'timeout' must be seconds, at least 0")
    end
    for _, count in ipairs { 0, -1, 1.5, 1 << 31, "1" } do
      refused("listen", { backlog = count }, "option 'backlog' must be a count, at least 1")
    end
    refused("listen", { reuseport = 1 }, "option 'reuseport' must be true or false")
    refused("connect", { backlog = 1 }, "unknown option 'backlog'")
    refused("listen", { timeout = 1 }, "unknown option 'timeout'")
  end)

  it("bad arguments of methods, at the caller's line", function()
    local _ <close>, a, b = pair()
    local l <close> = assert(net.listen "127.0.0.1:0")
    b:write "x"
    for call, message in pairs {
      ["a:read('n')"] = "bad argument #1 to 'read' %(invalid format%)",
      ["a:read('')"] = "bad argument #1 to 'read' %(invalid format%)",
      ["a:read({})"] = "bad argument #1 to 'read' %(string expected, got table%)",
      ["a:read(-1)"] = "bad argument #1 to 'read' %(must not be negative%)",
      ["a:read(1.5)"] = "bad argument #1 to 'read' %(number has no integer representation%)",
      ["a:read(1, 'x')"] = "bad argument #2 to 'read' %(.*number.*%)",
      ["a:read(1, -1)"] = "bad argument #2 to 'read' %(",
      ["a:read(1, 0/0)"] = "bad argument #2 to 'read' %(",
      ["a:read_until()"] = "bad argument #1 to 'read_until' %(string expected, got no value%)",
      ["a:read_until('')"] = "bad argument #1 to 'read_until' %(must not be empty%)",
      ["a:read_until('x', {})"] = "bad argument #2 to 'read_until' %(.*number.*%)",
      ["a:receive(0)"] = "bad argument #1 to 'receive' %(must be at least 1%)",
      ["a:receive('x')"] = "bad argument #1 to 'receive' %(number expected, got string%)",
      ["a:lines('x')"] = "bad argument #1 to 'lines' %(invalid format%)",
      ["a:write()"] = "bad argument #1 to 'write' %(string expected, got no value%)",
      ["a:write(nil)"] = "bad argument #1 to 'write' %(string expected, got nil%)",
      ["a:write({'x', true})"] =
        "bad argument #1 to 'write' %(string expected at index 2 of the table, got boolean%)",
      ["a:write('x', 'y')"] = "bad argument #2 to 'write' %(.*number.*%)",
      ["a:shutdown('all')"] = "bad argument #1 to 'shutdown' %(invalid option 'all'%)",
      ["l:accept('x')"] = "bad argument #1 to 'accept' %(.*number.*%)",
      ["a.read(l)"] = "bad argument #1 to 'read' %(Connection expected, got Listener%)",
      ["a.write()"] = "bad argument #1 to 'write' %(Connection expected, got no value%)",
      ["l.accept({})"] = "bad argument #1 to 'accept' %(Listener expected, got table%)",
    } do
      assert.matches("^here:1: " .. message, error_of("local a, l = ... " .. call, a, l), call)
    end
    assert.equal("x", a:read(1))
  end)
end)

describe("An address", function()
  it("is where a connection comes from, and leads to", function()
    local _ <close>, a, b, l = connected()
    assert.matches("^127%.0%.0%.1:%d+$", l:address())
    assert.equal(l:address(), a:peer())
    assert.equal(l:address(), b:address())
    assert.equal(a:address(), b:peer())
    assert.not_equal(a:address(), a:peer())
    a:close()
    assert.same(closed, outcome(a:address()))
    assert.equal(l:address(), a:peer())
  end)

  it("may be of IPv6, and a name", function()
    local _ <close>, a, b, l = connected "[::1]:0"
    assert.matches("^%[::1%]:%d+$", l:address())
    assert.equal(a:address(), b:peer())
    local port = l:address():match ":(%d+)$"
    local c = assert(net.connect(":" .. port)) -- this machine
    c:close()
    local l4 <close> = assert(net.listen "localhost:0")
    assert.is_true(assert(net.connect("localhost:" .. l4:address():match ":(%d+)$")):close())
    local all <close> = assert(net.listen ":0")
    assert.is_true(assert(net.connect("127.0.0.1:" .. all:address():match ":(%d+)$")):close())
  end)

  it("that nobody listens at, and one that is no name", function()
    local l = assert(net.listen "127.0.0.1:0")
    local address = l:address()
    l:close()
    assert.same({ n = 3, nil, address .. ": Connection refused", 111 },
      outcome(net.connect(address)))
    assert.same({ n = 3, nil, "unix:@nobody: Connection refused", 111 },
      outcome(net.connect "unix:@nobody"))
    assert.same({ n = 3, nil, "unix:/no/where: No such file or directory", 2 },
      outcome(net.connect "unix:/no/where"))
    assert.same({ n = 3, nil, "unix:/no/where: No such file or directory", 2 },
      outcome(net.listen "unix:/no/where"))
    local made, why = net.connect "127.0.0.1:no-such-service"
    assert.is_nil(made)
    assert.matches("^127%.0%.0%.1:no%-such%-service: ", why)
    made, why = net.listen "no.such.host.invalid:80"
    assert.is_nil(made)
    assert.matches("^no%.such%.host%.invalid:80: ", why)
  end)

  it("is taken while somebody listens there, unless they share it", function()
    local l <close> = assert(net.listen "127.0.0.1:0")
    assert.same({ n = 3, nil, l:address() .. ": Address already in use", 98 },
      outcome(net.listen(l:address())))
    local first <close> = assert(net.listen("127.0.0.1:0", { reuseport = true }))
    local second <close> = assert(net.listen(first:address(), { reuseport = true }))
    assert.equal(first:address(), second:address())
  end)

  it("is free once the listener is closed, though connections remain", function()
    local _ <close>, a, b, l = connected()
    local address = l:address()
    l:close()
    local again <close> = assert(net.listen(address))
    assert.equal(address, again:address())
    b:write "still\n"
    assert.equal("still", a:read())
  end)
end)

describe("A Unix socket", function()
  it("has a path, which goes with the listener", function()
    local folder, _ <close> = helper.folder()
    local address = ("unix:%s/s"):format(folder)
    local _ <close>, a, b, l = connected(address)
    assert.equal(address, l:address())
    assert.equal(address, a:peer())
    assert.equal("unix:", b:peer())
    assert.truthy(os.rename(folder .. "/s", folder .. "/s"))
    l:close()
    assert.falsy(os.rename(folder .. "/s", folder .. "/s"))
    b:write "x"
    assert.equal("x", a:read(1))
  end)

  it("keeps its path when the child of a fork lets go of the listener", function()
    local result = helper.shell([["$MOONS" -e '
      local l = assert(moons.net.listen "unix:s")
      for i = 1, 2 do
        local pid = moons.fork()
        if pid == 0 then
          if i == 1 then l:close() end
          os.exit(0, true)
        end
        moons.waitpid(pid)
      end
      print(moons.net.connect(l:address()))
      l:close()
      print(io.open "s")']])
    assert.equal("", result.err)
    assert.matches("^Connection unix:s\nnil\ts: No such file or directory\t2\n$", result.out)
  end)

  it("takes the place of one that nobody listens at, and of nothing else", function()
    local folder, _ <close> = helper.folder()
    local address = ("unix:%s/s"):format(folder)
    helper.shell(([["$MOONS" -e '
      assert(moons.net.listen "%s") io.popen("kill -KILL $PPID"):close()']]):format(address))
    assert.truthy(os.rename(folder .. "/s", folder .. "/s"))
    local _ <close> = assert(net.listen(address))
    assert.same({ n = 3, nil, address .. ": Address already in use", 98 },
      outcome(net.listen(address)))
    assert.is_true(assert(net.connect(address)):close())
    helper.write(folder .. "/file", "text")
    assert.same({ n = 3, nil, ("unix:%s/file: Address already in use"):format(folder), 98 },
      outcome(net.listen(("unix:%s/file"):format(folder))))
    assert.equal("text", helper.read(folder .. "/file"))
  end)

  it("may have a name that is in no directory", function()
    local _ <close>, a, b, l = connected "unix:@moons-spec-name"
    assert.equal("unix:@moons-spec-name", l:address())
    a:write "hello\n"
    assert.equal("hello", b:read(nil, LONG))
  end)

  it("waits while the backlog is full", function()
    local l <close> = assert(net.listen("unix:@moons-spec-full", { backlog = 1 }))
    local waiting, c = {}, nil
    for i = 1, 100 do
      c = outcome(net.connect("unix:@moons-spec-full", { timeout = 0.01 }))
      if not c[1] then break end
      waiting[i] = c[1]
    end
    assert.same(timeout, c)
    local late = moons.task(function() return assert(net.connect "unix:@moons-spec-full") end)
    for _ = 1, #waiting + 1 do assert(l:accept(LONG)):close() end
    assert.is_true(late:result():close())
  end)
end)

describe("Reading", function()
  it("gives lines, counts, all, and what is there", function()
    for_kinds(function(a, b)
      a:write "one\ntwo\r\n\nrest"
      assert.equal("one", b:read())
      assert.equal("two\r\n", b:read "L")
      assert.equal("", b:read "*l")
      assert.equal("re", b:read(2))
      assert.equal("", b:read(0))
      assert.equal("s", b:receive(1))
      assert.equal("t", b:receive())
      a:write "to the end\n"
      a:shutdown()
      assert.equal("to the end\n", b:read "a")
      assert.equal("", b:read "a")
      assert.same(closed, outcome(b:read()))
      assert.same(closed, outcome(b:read(0)))
      assert.same(closed, outcome(b:read(5)))
      assert.same(closed, outcome(b:receive()))
      assert.same(closed, outcome(b:read_until "x"))
    end)
  end)

  it("gives what is left at the end, though it is less", function()
    for how, expected in pairs { l = "half", L = "half", [100] = "half", a = "half" } do
      local _ <close>, a, b = pair()
      a:write "half"
      a:close()
      assert.equal(expected, b:read(how))
      if how ~= "a" then assert.same(closed, outcome(b:read(how))) end
    end
    local _ <close>, a, b = pair()
    a:write "half"
    a:close()
    assert.equal("half", b:read_until "--")
  end)

  it("goes up to a mark, wherever it is cut", function()
    local _ <close>, a, b = pair()
    for _, mark in ipairs { "\r\n", "\0", "aab", ("-"):rep(40) .. "+" } do
      local text = ("a-"):rep(30) .. "aa" .. mark
      for i = 1, #text do
        a:write(text:sub(i, i))
        if i < #text then assert.same(timeout, outcome(b:read_until(mark, 0))) end
      end
      a:write "more"
      local expected = text:sub(1, select(2, text:find(mark, 1, true)))
      assert.equal(expected, b:read_until(mark))
      assert.equal(text:sub(#expected + 1) .. "more", b:read(#text - #expected + 4))
    end
    a:write "one--two++three--"
    assert.equal("one--", b:read_until "--")
    assert.same(timeout, outcome(b:read_until("//", 0)))
    assert.equal("two++", b:read_until "++")
    assert.equal("three--", b:read_until "--")
  end)

  it("that times out loses nothing", function()
    for_kinds(function(a, b)
      a:write "half a li"
      assert.same(timeout, outcome(b:read("l", 0.01)))
      assert.same(timeout, outcome(b:read("a", 0.01)))
      assert.same(timeout, outcome(b:read(100, 0)))
      a:write "ne\n"
      assert.equal("half a line", b:read("l", LONG))
      assert.same(timeout, outcome(b:receive(nil, 0)))
      assert.same(timeout, outcome(b:receive(1, 0.001)))
      assert.same(timeout, outcome(b:read(0, 0)))
    end)
  end)

  it("has waits without end", function()
    local _ <close>, a, b = pair()
    a:write "x"
    assert.equal("x", b:read(1, math.huge))
    a:write "y"
    assert.equal("y", b:receive(nil, 1e300))
  end)

  it("gives no line beyond the limit, however it came", function()
    local _ <close>, a, b = connected(nil, { limit = 5 })
    for _, pause in ipairs { 0, 0.01 } do
      for _, line in ipairs { "12345", "1234", "" } do
        a:write(line)
        moons.sleep(pause)
        a:write "\n"
        assert.equal(line, b:read(nil, LONG))
      end
      a:write "123456"
      moons.sleep(pause)
      a:write "\n"
      assert.same(full, outcome(b:read(nil, LONG)))
      assert.same(full, outcome(b:read_until("\r\n", LONG)))
      assert.equal("123456\n", b:read(7, LONG))
    end
    a:write "12345\r\n"
    assert.equal("12345\r\n", b:read_until("\r\n", LONG))
    a:write "1234567\r\n"
    assert.same(full, outcome(b:read_until("\r\n", LONG)))
    assert.equal("1234567\r\n", b:receive())
    -- Counts have none.
    a:write "1234567"
    assert.equal("1234567", b:read(7))
    a:write "1234567"
    a:shutdown()
    assert.equal("1234567", b:read(8))
    -- A last line has one, though it has no end.
    local _ <close>, c, d = connected(nil, { limit = 5 })
    c:write "1234567"
    c:shutdown()
    assert.equal("", d:read(0))
    assert.same(full, outcome(d:read(nil, LONG)))
    assert.equal("1234567", d:read "a")
  end)

  it("has lines to loop over", function()
    local _ <close>, a, b = pair()
    a:write { "one\n", "two\n", 3, "\n", "last" }
    a:shutdown()
    assert.same({ "one", "two", "3", "last" }, helper.collect(b:lines()))
    assert.same({}, helper.collect(b:lines()))
    b:write "ababx"
    b:close()
    assert.same({ "aba", "bx" }, helper.collect(a:lines(3)))
  end)

  it("raises in lines what is no end", function()
    local _ <close>, a, b = connected(nil, { limit = 3 })
    a:write "toolong\n"
    assert.equal("here:2: full", error_of("local b = ... \nfor _ in b:lines() do end", b))
  end)

  it("tells of a connection that was broken off", function()
    local _ <close>, a, b = connected()
    b:write "x"
    assert.equal("x", a:receive())
    b:write "never read"
    moons.sleep(0.01)
    a:write "kept"
    a:close() -- there is something unread: the other end is told so
    local all = outcome(b:read("a", LONG))
    assert.same({ n = 3, nil, "Connection reset by peer", 104 }, all)
  end)
end)

describe("Writing", function()
  it("takes strings, numbers, and lists of them", function()
    for_kinds(function(a, b)
      assert.is_true(a:write "s")
      assert.is_true(a:write(1))
      assert.is_true(a:write(2.5))
      assert.is_true(a:write "")
      assert.is_true(a:write {})
      assert.is_true(a:write { "l", 3, "\0", "" })
      a:shutdown()
      assert.equal("s12.5l3\0", b:read "a")
    end)
  end)

  it("waits for the other end to read, and says at a time-out how much went", function()
    local text = {} -- more than a system keeps
    for i = 1, 100000 do text[i] = ("%07d\n"):format(i) end
    text = table.concat(text):rep(30)
    for_kinds(function(a, b)
      local ok, why, written = a:write(text, 0.01)
      assert.same({ nil, "timeout" }, { ok, why })
      assert.is_true(written > 0 and written < #text)
      local reader = moons.task(function() return b:read(#text) end)
      assert.is_true(a:write(text:sub(written + 1), LONG))
      assert.is_true(reader:result() == text)
      assert.same({ n = 3, nil, "timeout", 0 }, outcome((function()
        while a:write(text, 0) do end
        return a:write(text, 0)
      end)()))
    end)
  end)

  it("to an end that is closed", function()
    for _, kind in ipairs { "127.0.0.1:0", "unix:@moons-spec" } do
      local _ <close>, a, b = connected(kind)
      b:close()
      local ok, why, number
      repeat
        ok, why, number = a:write "x"
        moons.sleep(0.001)
      until not ok
      assert.is_true(number == 32 or number == 104)
      assert.is_true(why == "Broken pipe" or why == "Connection reset by peer")
    end
  end)
end)

describe("The end", function()
  it("of one direction leaves the other", function()
    for_kinds(function(a, b)
      a:write "question\n"
      assert.is_true(a:shutdown "write")
      assert.equal("question\n", b:read "a")
      b:write "answer\n"
      assert.equal("answer", a:read())
      assert.same({ n = 3, nil, "Broken pipe", 32 }, outcome(a:write "x"))
      assert.is_true(b:shutdown "both")
      assert.same(closed, outcome(a:read(nil, LONG)))
      assert.is_false(a:closed())
    end)
  end)

  it("of reading is here, too", function()
    local _ <close>, a, b = pair()
    assert.is_true(a:shutdown "read")
    assert.same(closed, outcome(a:read(nil, LONG)))
    assert.same({ n = 3, nil, "Broken pipe", 32 }, outcome(b:write "x"))
    assert.is_true(a:write "y")
    assert.equal("y", b:read(1))
  end)

  it("is once", function()
    for_kinds(function(a, _, l)
      assert.is_false(a:closed())
      assert.is_true(a:close())
      assert.is_false(a:close())
      assert.is_true(a:closed())
      for _, result in ipairs { outcome(a:read()), outcome(a:read "a"), outcome(a:read(0, 0)),
                                outcome(a:receive()), outcome(a:read_until "x"),
                                outcome(a:write "x"), outcome(a:write("", 0)),
                                outcome(a:shutdown()), outcome(a:address()) } do
        assert.same(closed, result)
      end
      assert.same({}, helper.collect(a:lines()))
      if not l then return end
      assert.is_false(l:closed())
      assert.is_true(l:close())
      assert.is_false(l:close())
      assert.is_true(l:closed())
      assert.same(closed, outcome(l:accept()))
      assert.same({}, helper.collect(l:iter()))
    end)
  end)

  it("drops what was not read here", function()
    local _ <close>, a, b = pair()
    a:write "one\ntwo\n"
    assert.equal("one", b:read())
    b:close()
    assert.same(closed, outcome(b:read()))
  end)

  it("comes with the block", function()
    local kept
    do
      local _ <close>, a, b, l = connected()
      kept = { a, b, l }
    end
    for _, each in ipairs(kept) do assert.is_true(each:closed()) end
  end)

  it("comes with the garbage", function()
    local a = net.pair()
    collectgarbage()
    collectgarbage()
    assert.same(closed, outcome(a:read(nil, LONG)))
    local address
    do
      local l = net.listen "127.0.0.1:0"
      address = l:address()
    end
    collectgarbage()
    collectgarbage()
    assert.equal(111, select(3, net.connect(address)))
  end)
end)

describe("A connection that only the call has", function()
  it("stays until it has read", function()
    local text = ("x"):rep(1000000)
    local function with_all()
      local a, b = net.pair()
      spawn(function(to, what) to:write(what) to:close() end, a, text)
      return b
    end
    collectgarbage "generational"
    for _ = 1, 30 do assert.is_true(with_all():read "a" == text) end
    for _ = 1, 30 do assert.is_true(with_all():read(#text) == text) end
    collectgarbage "incremental"
  end)
end)

describe("Accepting", function()
  it("times out, and gives one after the other", function()
    local l <close> = assert(net.listen "127.0.0.1:0")
    assert.same(timeout, outcome(l:accept(0)))
    assert.same(timeout, outcome(l:accept(0.001)))
    local list = {}
    for i = 1, 5 do
      list[i] = assert(net.connect(l:address()))
      list[i]:write(i .. "\n")
    end
    local seen = 0
    for connection in l:iter() do
      seen = seen + 1
      assert.equal(tostring(seen), connection:read())
      if seen == 5 then l:close() end
    end
    assert.equal(5, seen)
  end)

  it("gives what the listener was told of connections", function()
    local _ <close>, a, b = connected(nil, { limit = 2, nodelay = false, keepalive = 10 })
    a:write "long\n"
    assert.same(full, outcome(b:read(nil, LONG)))
  end)
end)

