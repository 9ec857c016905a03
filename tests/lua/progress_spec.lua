-- moons.progress: what the loop gets, and what is on the terminal. Terminals are made by script(1);
-- what they would show is found out by a small emulation of one.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

local error_of = helper.error_of

-- ---- a terminal ----

-- The characters of a text, and control sequences as one each.
local function tokens(bytes)
  local list, at = {}, 1
  while at <= #bytes do
    local token = bytes:match("^\27%[[%d;]*%a", at) or bytes:match("^[\0-\127]", at)
      or assert(bytes:match("^[\194-\244][\128-\191]*", at), "no UTF-8")
    list[#list + 1] = token
    at = at + #token
  end
  return list
end

-- What is on the screen after the bytes, as lines without spaces at their end, and the longest that
-- any line ever was. Only what moons may use is known: anything else is an error.
local function screen_of(bytes)
  local lines, row, column, longest = { {} }, 1, 1, 0
  for _, token in ipairs(tokens(bytes)) do
    local count, command = token:match("^\27%[(%d*)(%a)$")
    if token == "\r" then
      column = 1
    elseif token == "\t" then
      column = column + 8 - (column - 1) % 8
    elseif token == "\n" then
      row = row + 1
      lines[row] = lines[row] or {}
    elseif command == "A" then
      row = row - tonumber(count)
      assert(row >= 1, "the cursor left the screen")
    elseif command == "K" then
      for i = column, #lines[row] do lines[row][i] = nil end
    elseif command == "J" then
      for i = column, #lines[row] do lines[row][i] = nil end
      for i = #lines, row + 1, -1 do lines[i] = nil end
    elseif command ~= "m" then
      assert(not token:find("^%c"), "an unknown control character")
      for i = #lines[row] + 1, column - 1 do lines[row][i] = " " end
      lines[row][column] = token
      column = column + 1
      longest = math.max(longest, column - 1)
    end
  end
  local texts = {}
  for i, line in ipairs(lines) do texts[i] = table.concat(line):gsub(" +$", "") end
  while texts[#texts] == "" do texts[#texts] = nil end
  return texts, longest
end

---@class TerminalOptions
---@field command? string shell line that is run in the terminal, otherwise `"$MOONS" main.lua`
---@field columns? integer otherwise 60; 0: the terminal doesn't know its size
---@field rows? integer otherwise 24
---@field environment? string assignments for the shell

-- Runs `source` as main.lua with a terminal for its standard output and error.
---@param options? TerminalOptions
local function on_terminal(source, options)
  options = options or {}
  local command = ("stty rows %d cols %d; %s\n"):format(options.rows or 24,
    options.columns or 60, options.command or '"$MOONS" main.lua')
  local outcome = helper.shell(([[
    unset NO_COLOR COLUMNS LANG LC_CTYPE
    export TERM=xterm LC_ALL=C.UTF-8 SHELL=/bin/sh %s
    exec script -qec 'sh command' /dev/null
  ]]):format(options.environment or ""), { ["main.lua"] = source, command = command })
  local screen, longest = screen_of(outcome.out)
  return { status = outcome.status, bytes = outcome.out, screen = screen, longest = longest }
end

-- The screen after `source` has ended well.
local function screen(source, options)
  local outcome = on_terminal(source, options)
  assert.equal(0, outcome.status, outcome.bytes)
  return outcome.screen
end

-- A line of a bar with its times and rate, which vary, as "?", and its meter as "|". What varies
-- decides how wide the meter is.
local function plain(line)
  line = line:gsub("%d+:%d+", "?"):gsub("[%d.]+ s/(%w+)%]", "? %1/s]")
  return (line:gsub("[%d.]+ (%w+/s)%]", "? %1]"):gsub("|[^|]*|", "|"))
end

local function plain_all(lines)
  local list = {}
  for i, line in ipairs(lines) do list[i] = plain(line) end
  return list
end

-- ---- what the loop gets ----

-- Prints what loops of all kinds get; run with a terminal and without.
local loops <const> = [[
  local function show(...)
    io.stdout:write(table.concat({ ... }, " "), "\n")
  end
  local function all(...)
    local got = {}
    for a, b, c in ... do got[#got + 1] = ("%s,%s,%s"):format(a, b, c) end
    show(table.concat(got, " "))
  end
  all(moons.progress { "a", false, "c" })
  all(moons.progress({ "a", "b" }, { desc = "list" }))
  all(moons.progress({}))
  all(moons.progress(3))
  all(moons.progress(0, { unit = "rows" }))
  all(moons.progress(ipairs { "x", "y" }))
  all(moons.progress({ desc = "pairs", total = 1 }, pairs { k = "v" }))
  all(moons.progress({}, ("k=v l=w"):gmatch("(%w)=(%w)")))
  local queue = Queue()
  queue:put_many { 7, 8 }
  queue:close()
  all(moons.progress(queue, { total = 2 }))
  all(moons.progress(moons.Array("int8", { 5, 6 })))
  all(moons.progress(moons.Shared { "s", "t" }))
  all(moons.progress(setmetatable({ 3 }, { __call = function(self)
    self[1] = self[1] - 1
    if self[1] > 0 then return self[1] end
  end })))
  all(moons.progress(setmetatable({}, { __len = function() return 2 end,
    __index = function(_, i) return -i end })))
  all(moons.progress(coroutine.wrap(function() coroutine.yield(1, 2, 3) end)))
  -- An iterator that yields to the coroutine which the loop runs in.
  local run = coroutine.wrap(function()
    for v in moons.progress(function(_, v) return coroutine.yield(v) end, nil, 0) do show(v) end
    return "over"
  end)
  show(run(), run(5), run(nil))
  show(spawn(function(progress)
    local sum = 0
    for v in progress { 1, 2 } do sum = sum + v end
    for v in moons.progress(2) do sum = sum + v end
    return sum
  end, moons.progress):join())
]]

local got <const> = [[
a,nil,nil false,nil,nil c,nil,nil
a,nil,nil b,nil,nil

1,nil,nil 2,nil,nil 3,nil,nil

1,x,nil 2,y,nil
k,v,nil
k,v,nil l,w,nil
7,nil,nil 8,nil,nil
5,nil,nil 6,nil,nil
s,nil,nil t,nil,nil
2,nil,nil 1,nil,nil
-1,nil,nil -2,nil,nil
1,2,3
5
0 5 over
6
]]

describe("moons.progress", function()
  it("hands the loop what it would get otherwise, and says nothing without a terminal", function()
    local outcome = helper.run(loops)
    assert.equal("", outcome.err)
    assert.equal(got, outcome.out)
  end)

  it("hands the loop the same with a terminal", function()
    local outcome = on_terminal(loops, { command = '"$MOONS" main.lua >out; cat out >&2' })
    assert.equal(0, outcome.status)
    local lines = {}
    for _, line in ipairs(outcome.screen) do
      if not line:find("it/s]", 1, true) and not line:find("rows/s]", 1, true) then
        lines[#lines + 1] = line
      end
    end
    -- The bars stand before what the file has, which starts with the fourth line from here.
    assert.equal(got, table.concat(lines, "\n") .. "\n")
  end)

  it("is silent when only standard output is a terminal", function()
    local outcome = on_terminal("for v in moons.progress { 1, 2 } do print(v) end",
      { command = '"$MOONS" main.lua 2>err; cat err' })
    assert.equal("1\r\n2\r\n", outcome.bytes)
  end)

  it("is the iterator itself without a terminal", function()
    local outcome = helper.run([[
      local closing = setmetatable({}, { __close = print })
      local f, s, c, d = moons.progress(next, _G, nil, closing)
      print(f == next, s == _G, c == nil, d == closing)
    ]])
    assert.equal("true\ttrue\ttrue\ttrue\n", outcome.out)
  end)

  it("closes what the iterator has to be closed, with the error if there is one", function()
    local source = [[
      local function iterator()
        local n = 0
        return function() n = n + 1 return n < 4 and n or nil end, nil, nil,
          setmetatable({}, { __close = function(_, e) print("closed " .. tostring(e)) end })
      end
      for _ in moons.progress(iterator()) do end
      for i in moons.progress({ desc = "d" }, iterator()) do if i == 2 then break end end
      print(pcall(function() for _ in moons.progress(iterator()) do error("oh", 0) end end))
      print(pcall(function()
        local closing = setmetatable({}, { __close = function() error("no", 0) end })
        for _ in moons.progress(print, 1, 2, closing) do end
      end))
      print(coroutine.wrap(function()
        for _ in moons.progress(function() end, 1, 2,
          setmetatable({}, { __close = function() coroutine.yield("yielded") end })) do
        end
      end)())
    ]]
    local expected = "closed nil\nclosed nil\nclosed oh\nfalse\toh\n1\t2\nfalse\tno\nyielded\n"
    assert.equal(expected, helper.run(source).out)
    local outcome = on_terminal(source, { command = '"$MOONS" main.lua >out; cat out' })
    assert.equal(expected, outcome.bytes:gsub("\r", ""):sub(-#expected))
  end)

  it("refuses what it can't go over, at the caller's line", function()
    local cases = {
      ["nil"] = "1 to 'progress' (list, number or iterator expected, got no value)",
      ["'text'"] = "1 to 'progress' (list, number or iterator expected, got string)",
      ["Lock()"] = "1 to 'progress' (list, number or iterator expected, got Lock)",
      ["-1"] = "1 to 'progress' (a number of at least 0, without fraction)",
      ["1.5"] = "1 to 'progress' (a number of at least 0, without fraction)",
      ["{ a = 1 }"] =
        "1 to 'progress' (a table without elements; for its pairs: moons.progress(pairs(t)))",
      ["{ 1 }, 5"] = "2 to 'progress' (table expected, got number)",
      ["{ 1 }, { name = 1 }"] = "2 to 'progress' (unknown field 'name')",
      ["{ 1 }, { desc = 1 }"] = "2 to 'progress' (field 'desc' must be a string)",
      ["{ 1 }, { unit = true }"] = "2 to 'progress' (field 'unit' must be a string)",
      ["{ 1 }, { total = -1 }"] =
        "2 to 'progress' (field 'total' must be an integer of at least 0)",
      ["5, { total = 1.5 }"] = "2 to 'progress' (field 'total' must be an integer of at least 0)",
      ["{ name = 1 }, pairs {}"] = "1 to 'progress' (unknown field 'name')",
      ["next, {}, nil, 5"] = "4 to 'progress' (a value that can't be closed)",
      ["{}, next, {}, nil, 5"] = "5 to 'progress' (a value that can't be closed)",
    }
    for arguments, message in pairs(cases) do
      assert.equal("here:2: bad argument #" .. message,
        error_of(("\nlocal f = moons.progress(%s)"):format(arguments)))
    end
  end)
end)

-- ---- what is on the terminal ----

describe("a bar", function()
  it("shows how much is done of how much, and what of", function()
    local lines = screen([[
      for _ in moons.progress({ 1, 2, 3 }, { desc = "sum", unit = "rows" }) do end
      for _ in moons.progress(7) do end
      for _ in moons.progress(pairs { a = 1, b = 2 }) do end
      for _ in moons.progress({ total = 2, desc = "more than that" }, ipairs { 1, 2, 3 }) do end
      for _ in moons.progress({ total = 4 }, ipairs { 1, 2, 3 }) do end
      for _ in moons.progress({}) do end
    ]])
    assert.same({
      "sum: 100%| 3/3 [?<?, ? rows/s]",
      "100%| 7/7 [?<?, ? it/s]",
      "2 it [?, ? it/s]",
      "more than that: 3 it [?, ? it/s]",
      " 75%| 3/4 [?<?, ? it/s]",
      "100%| 0/0 [?<?, ? it/s]",
    }, plain_all(lines))
  end)

  it("fills its meter as far as things are", function()
    local function meter(environment)
      return screen([[
        for i in moons.progress(1000) do if i == 334 then break end end
      ]], { columns = 200, environment = environment })[1]:match("|(.*)|")
    end
    -- 333 of 1000 are 13.32 of 40 columns.
    assert.equal(("\u{2588}"):rep(13) .. "\u{258E}" .. (" "):rep(26), meter())
    assert.equal(("#"):rep(13) .. (" "):rep(27), meter("LC_ALL=C"))
    assert.equal(("#"):rep(13) .. (" "):rep(27), meter("LC_ALL= LANG=en_US.ISO-8859-1"))
    assert.matches("^\u{2588}", meter("LC_ALL= LANG=en_US.utf8"))
  end)

  it("tells rate and time left while it runs", function()
    local outcome = on_terminal([[
      for _ in moons.progress(4) do moons.sleep(0.15) end
      for _ in moons.progress(1) do moons.sleep(1.1) end
    ]])
    -- At the third item about 0.3 s are over, 0.3 s are left.
    assert.matches(" 50%%|[^|]*| 2/4 %[00:00<00:0%d, %d%.%d+ it/s%]",
      (outcome.bytes:gsub("\27%[%d*m", "")))
    assert.matches("1/1 %[00:0%d<00:00, %d+%.%d+ s/it%]", outcome.screen[2])
  end)

  it("is drawn at most ten times a second, and when there is something to say", function()
    local outcome = on_terminal([[
      local start = moons.clock()
      for _ in moons.progress(200000) do end
      local now = moons.clock()
      while moons.clock() < now + 0.35 do end
      for _ in moons.progress(10^9) do if moons.clock() > now + 1 then break end end
      io.stdout:write(moons.clock() - start, "\n")
    ]])
    local _, drawn = outcome.bytes:gsub("it/s%]", "")
    local seconds = tonumber(outcome.screen[#outcome.screen])
    -- Each bar at its start and at its end, too.
    assert.is_true(drawn >= 6 and drawn <= 10 * seconds + 4, drawn .. " times")
  end)

  it("has colour where that is wanted", function()
    local source = "for _ in moons.progress(2) do end"
    local function has_colour(environment)
      return on_terminal(source, { environment = environment }).bytes:find("\27%[%d*m") ~= nil
    end
    assert.is_true(has_colour())
    assert.is_true(has_colour("NO_COLOR="))
    assert.is_false(has_colour("NO_COLOR=1"))
  end)

  it("is one ordinary line, written at the end, where the cursor can't be moved", function()
    for _, environment in ipairs { "TERM=dumb", "TERM=" } do
      local outcome = on_terminal([[
        for i in moons.progress(2, { desc = "slow" }) do print(i) moons.sleep(0.15) end
      ]], { environment = environment })
      assert.is_nil(outcome.bytes:find("\27", 1, true))
      assert.same({ "1", "2", "slow: 100%| 2/2 [?<?, ? it/s]" }, plain_all(outcome.screen))
      assert.is_nil(outcome.bytes:gsub("\r\n", ""):find("\r", 1, true))
    end
  end)

  it("fits into the terminal, whatever its width", function()
    local source = [[
      local desc = "a description, which is \u{4E2D}\u{6587} and too long"
      for _ in moons.progress(100, { desc = desc }) do end
      for _ in moons.progress({ desc = desc }, ipairs { 1 }) do end
    ]]
    for _, columns in ipairs { 1, 4, 5, 31, 42, 99 } do
      local outcome = on_terminal(source, { columns = columns })
      assert.equal(0, outcome.status)
      -- The wide characters are two; so much the longest line of all takes, at most.
      assert.is_true(outcome.longest < columns or columns == 1, columns .. ": " .. outcome.longest)
      if columns == 99 then assert.matches("^a descr.*100%%|.*| 100/100 %[", outcome.screen[1]) end
    end
  end)

  it("cuts the description before the meter gets narrower than ten columns", function()
    -- The bars of terminals of these widths, one after the other.
    local function lines(widths, environment)
      return screen(([[
        local desc = "all of \u{4E2D}\u{6587} text"
        for columns in ("%s"):gmatch("%%d+") do
          os.execute("stty cols " .. columns)
          for _ in moons.progress(100, { desc = desc }) do break end
        end
      ]]):format(widths), { environment = environment })
    end
    local right = "| 0/100 [00:00<?, ? it/s]"
    local function bar(desc, meter) return desc .. "  0%|" .. (" "):rep(meter) .. right end
    assert.same({
      bar("all of \u{4E2D}\u{6587} text: ", 10),
      bar("all of \u{4E2D}\u{6587} te\u{2026}: ", 10),
      bar("all of \u{4E2D}\u{2026}: ", 10),
      bar("all of \u{2026}: ", 11), -- half of a wide one is none
      bar("all\u{2026}: ", 10),
      bar("", 15),
      "  0%" .. right:sub(2),
      "  0%",
    }, lines("59 58 53 52 47 46 30 20"))
    assert.same({ bar("all of ??~: ", 10) }, lines("53", "LC_ALL=C"))
  end)

  it("counts wide characters, marks, and what can't be shown", function()
    local lines = screen([[
      local descs = { "abcdef", "\u{4E2D}\u{6587}\u{FF21}", "abc\u{1F600}d", "abcde\u{301}f",
                      "a\nb\27c\200" }
      for _, desc in ipairs(descs) do
        for _ in moons.progress(9, { desc = desc }) do break end
      end
    ]])
    local right = "| 0/9 [00:00<?, ? it/s]"
    for i, head in ipairs { "abcdef", "\u{4E2D}\u{6587}\u{FF21}", "abc\u{1F600}d", "abcde\u{301}f",
                            "a?b?c?" } do
      -- All are six columns wide, so the meter has what is left of 59.
      assert.equal(head .. ":   0%|" .. (" "):rep(59 - 6 - 7 - #right) .. right, lines[i])
    end
  end)

  it("asks the terminal for its width each time, then COLUMNS", function()
    local lines = screen([[
      local text = (" "):rep(80)
      for i in moons.progress(3, { desc = "d" }) do
        os.execute("stty cols " .. 40 + 10 * i)
      end
    ]])
    assert.equal(69, utf8.len(lines[1]))
    local function columns(environment)
      return utf8.len(screen("for _ in moons.progress(3, { desc = ('d'):rep(99) }) do end",
        { columns = 0, rows = 0, environment = environment })[1])
    end
    assert.equal(79, columns())
    assert.equal(69, columns("COLUMNS=70"))
    assert.equal(79, columns("COLUMNS=many"))
  end)
end)

describe("a terminal with a bar", function()
  it("keeps what is printed, by all threads", function()
    local lines = screen([[
      local threads = {}
      for t = 1, 3 do
        threads[t] = spawn(function()
          for i = 1, 40 do
            print(("print %d %d"):format(t, i))
            io.write("write ", t, " ", i, "\n")
            io.stderr:write(("error %d %d\n"):format(t, i))
          end
        end)
      end
      for i in moons.progress(90, { desc = "work" }) do
        print("main " .. i)
        if i % 10 == 0 then moons.sleep(0.01) end
      end
      for _, thread in ipairs(threads) do thread:join() end
    ]])
    local seen, count = {}, 0
    for _, line in ipairs(lines) do
      local kind, number = line:match("^(%l+ ?%d*) (%d+)$")
      if kind then
        assert.equal((seen[kind] or 0) + 1, tonumber(number), kind)
        seen[kind], count = tonumber(number), count + 1
      else
        assert.equal("work: 100%| 90/90 [?<?, ? it/s]", plain(line))
      end
    end
    assert.equal(90 + 9 * 40, count)
    assert.equal(count + 1, #lines)
  end)

  it("does not draw over a line that is not yet ended", function()
    local outcome = on_terminal([[
      for i in moons.progress(3, { desc = "work" }) do
        io.write("item ", i)
        io.write("")
        moons.sleep(0.12)
        io.stderr:write(", ")
        moons.sleep(0.12)
        io.write("done", i == 3 and "" or "\n")
      end
      print(" and over")
    ]])
    assert.same({ "item 1, done", "item 2, done", "item 3, done and over",
      "work: 100%| 3/3 [?<?, ? it/s]" }, plain_all(outcome.screen))
    -- Between a line's begin and its end nothing else came.
    assert.is_truthy(outcome.bytes:find("item 2, done\r\n", 1, true))
  end)

  it("keeps the text before the bar and the one that never ends its line", function()
    assert.same({ "before", "100%| 1/1 [?<?, ? it/s]", "after", "100%| 1/1 [?<?, ? it/s]" },
      plain_all(screen([[
        io.write("before")
        for _ in moons.progress(1) do end
        for _ in moons.progress(1) do io.write("after") end
      ]])))
  end)

  it("keeps what goes to a file out of it", function()
    local outcome = on_terminal([[
      for i in moons.progress(5000) do print("a line", i) end
    ]], { command = '"$MOONS" main.lua >out; wc -l <out' })
    assert.same({ "100%| 5000/5000 [?<?, ? it/s]", "5000" }, plain_all(outcome.screen))
  end)

  it("stacks the bars of nested loops; the inner ones vanish", function()
    local outcome = on_terminal([[
      for _ in moons.progress(3, { desc = "outer" }) do
        for _ in moons.progress(2, { desc = "inner" }) do moons.sleep(0.06) end
        print("a line")
      end
    ]])
    assert.same({ "a line", "a line", "a line", "outer: 100%| 3/3 [?<?, ? it/s]" },
      plain_all(outcome.screen))
    assert.is_truthy(outcome.bytes:find("outer[^\n]*\n\rinner"))
  end)

  it("stacks the bars of threads, which all stay", function()
    local outcome = on_terminal([[
      local threads = {}
      for t = 1, 4 do
        threads[t] = spawn(function()
          for i in moons.progress(20 * t, { desc = "thread " .. t }) do
            moons.sleep(0.01)
            if i == 20 then print("twenty of", t) end
          end
        end)
        moons.sleep(0.01)
      end
      for _, thread in ipairs(threads) do thread:join() end
    ]])
    local lines = plain_all(outcome.screen)
    table.sort(lines)
    assert.same({
      "thread 1: 100%| 20/20 [?<?, ? it/s]", "thread 2: 100%| 40/40 [?<?, ? it/s]",
      "thread 3: 100%| 60/60 [?<?, ? it/s]", "thread 4: 100%| 80/80 [?<?, ? it/s]",
      "twenty of       1", "twenty of       2", "twenty of       3", "twenty of       4",
    }, lines)
  end)

  it("shows no more bars than it has lines", function()
    local outcome = on_terminal([[
      local scope = {}
      for t = 1, 30 do
        scope[t] = { moons.progress(2, { desc = "bar " .. t }) }
        scope[t][1]()
        scope[t][1]()
      end
      moons.sleep(0.11)
      scope[1][1]()
      print("one line")
      for t = 30, 1, -1 do scope[t][4]:close() end
    ]], { rows = 5 })
    assert.same({ "one line", "bar 1: 100%| 2/2 [?<?, ? it/s]" }, plain_all(outcome.screen))
    assert.is_truthy(outcome.bytes:find("bar 4", 1, true))
    assert.is_nil(outcome.bytes:find("bar 5", 1, true))
  end)

  it("stays the parent's at a fork", function()
    assert.same({ "parent", "child", "bar: 100%| 3/3 [?<?, ? it/s]" }, plain_all(screen [[
print "parent"
for i in moons.progress({ 1, 2, 3 }, { desc = "bar" }) do
  local pid = i == 2 and moons.fork()
  if pid == 0 then
    moons.sleep(0.2)
    print "child"
    break
  end
  if pid then moons.waitpid(pid) end
  moons.sleep(0.2)
end]]))
  end)

  it("makes room for a command", function()
    local lines = screen([[
      for i in moons.progress(2) do os.execute("echo command " .. i) end
      for i in moons.progress(2) do io.popen("cat", "w"):write("piped ", i, "\n"):close() end
    ]])
    assert.same({ "command 1", "command 2", "100%| 2/2 [?<?, ? it/s]",
      "piped 1", "piped 2", "100%| 2/2 [?<?, ? it/s]" }, plain_all(lines))
  end)

  it("keeps warnings and the reports of failed threads", function()
    local outcome = on_terminal([[
      warn("@on")
      for _ in moons.progress(2) do
        warn("be", "ware")
        spawn(function() error("failed", 0) end)
        collectgarbage()
        moons.sleep(0.02)
      end
      collectgarbage()
    ]])
    assert.equal(1, outcome.status)
    local count = {}
    for _, line in ipairs(plain_all(outcome.screen)) do count[line] = (count[line] or 0) + 1 end
    assert.equal(2, count["Lua warning: beware"])
    assert.equal(1, count["100%| 2/2 [?<?, ? it/s]"])
    local failed = 0
    for _, line in ipairs(outcome.screen) do
      if line:find("^moons: thread 'Thread%-%d' failed: failed$") then failed = failed + 1 end
    end
    assert.equal(2, failed)
  end)
end)

describe("a bar that ends early", function()
  it("stays as far as it came, at break and at an error", function()
    assert.same({ " 25%| 1/4 [?<?, ? it/s]", "after", " 50%| 2/4 [?<?, ? it/s]", "false   oh" },
      plain_all(screen([[
        for i in moons.progress(4) do if i == 2 then break end end
        print("after")
        print(pcall(function()
          for i in moons.progress(4) do if i == 3 then error("oh", 0) end end
        end))
      ]])))
  end)

  it("leaves room for the error of the script", function()
    local outcome = on_terminal([[
      for i in moons.progress(4) do if i == 3 then error("oh") end end
    ]])
    assert.equal(1, outcome.status)
    assert.equal(" 50%| 2/4 [?<?, ? it/s]", plain(outcome.screen[1]))
    assert.equal("moons: main.lua:1: oh", outcome.screen[2])
  end)

  it("leaves the terminal clean at Ctrl-C, in the loop and in a thread", function()
    local outcome = on_terminal([[
      local thread = spawn(function()
        for i in moons.progress(100, { desc = "thread" }) do moons.sleep(100) end
      end)
      while not thread:waiting() do moons.sleep(0.001) end
      for i in moons.progress(4) do
        if i == 2 then io.popen("kill -INT $PPID"):close() moons.sleep(100) end
      end
    ]])
    assert.equal(130, outcome.status)
    local lines = plain_all(outcome.screen)
    assert.equal("moons: interrupted", lines[#lines])
    table.sort(lines)
    assert.same({ " 25%| 1/4 [?<?, ? it/s]", "moons: interrupted",
      "thread:   0%| 0/100 [?<?, ? it/s]" }, lines)
    assert.equal("\n", outcome.bytes:sub(-1))
  end)

  it("leaves the terminal clean when a second signal ends the process", function()
    local outcome = on_terminal([[
      local closing = setmetatable({}, { __close = function()
        io.popen("kill -INT $PPID"):close()
        while true do end
      end })
      local iterate, state, control, bar = moons.progress(4, { desc = "killed" })
      iterate()
      local function f()
        local c <close> = closing
        io.popen("kill -INT $PPID"):close()
        moons.sleep(100)
      end
      f()
    ]])
    assert.equal(130, outcome.status)
    assert.matches("killed[^\n]*\r\n$", outcome.bytes)
  end)

  it("leaves the terminal clean at os.exit", function()
    for _, arguments in ipairs { "3", "3, true" } do
      local outcome = on_terminal(([[
        for i in moons.progress(4) do
          print(i)
          if i == 2 then os.exit(%s) end
        end
      ]]):format(arguments))
      assert.equal(3, outcome.status)
      assert.same({ "1", "2", " 25%| 1/4 [?<?, ? it/s]" }, plain_all(outcome.screen))
      assert.equal("\n", outcome.bytes:sub(-1))
    end
  end)

  it("is closed by the collector when no loop does it", function()
    assert.same({ "  0%| 0/4 [?<?, ? it/s]", "after" }, plain_all(screen([[
      moons.progress(4)()
      collectgarbage()
      print("after")
    ]])))
  end)

  it("can be closed more than once, and counts nothing then", function()
    assert.same({ " 25%| 1/4 [?<?, ? it/s]", "1", "2" }, plain_all(screen([[
      local iterate, _, _, bar = moons.progress(4)
      bar:add(1)
      bar:close()
      bar:close()
      bar:add(1)
      print(iterate())
      print(iterate())
    ]])))
  end)
end)

describe("what an interactive moons writes", function()
  -- The thread begins its bar while a line is waited for. A terminal's prompt is seen to by
  -- repl_edit_spec.
  it("is not drawn over", function()
    local outcome = on_terminal([[
      thread = spawn(function()
        moons.sleep(0.2)
        for _ in moons.progress(40, { desc = "behind" }) do moons.sleep(0.02) end
      end)
    ]], { command = '(sleep 0.5; echo "print(1 + 1)"; echo "thread:join()") |'
      .. ' "$MOONS" -i main.lua' })
    assert.equal(0, outcome.status)
    local lines = plain_all(outcome.screen)
    assert.equal("2", lines[2])
    assert.is_truthy(table.concat(lines, "\n"):find("behind: 100%| 40/40 [?<?, ? it/s]", 1, true))
  end)
end)
