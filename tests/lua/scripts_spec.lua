-- The scripts of scripts/, run by the command, with their output checked: as it stands where it
-- can't vary, else by its shape. Those of other subjects are in other scripts_*_spec.lua.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)
local output, matching = helper.output, helper.matching

describe("scripts", function()
  it("all begin with a comment that says what they show", function()
    local list <close> = assert(io.popen("ls scripts/*.lua"))
    local count = 0
    for name in list:lines() do
      assert.matches("^%-%- [^\n]+\n%-%- [^\n]+\n", helper.read(name))
      count = count + 1
    end
    assert.is_true(count >= 6)
  end)
end)

describe("loop_thread.lua", function()
  it("shows both threads by name", function()
    assert.equal([[
thread MainThread is running...
thread LoopThread is running...
thread LoopThread >>> 1
thread LoopThread >>> 2
thread LoopThread >>> 3
thread LoopThread >>> 4
thread LoopThread >>> 5
thread LoopThread ended.
thread MainThread ended.
]], output("loop_thread.lua", "0.01"))
  end)
end)

describe("threadlocal.lua", function()
  it("greets each student in its thread", function()
    local lines = helper.lines(output("threadlocal.lua"))
    table.sort(lines)
    assert.same({ "Hello, Alice (in Thread-A)", "Hello, Bob (in Thread-B)" }, lines)
  end)
end)

describe("lost_update.lua", function()
  it("goes wrong without the lock, and right with it", function()
    local without, with = output("lost_update.lua"):match(
      "^without lock: counter should be 500, found (%d+)\n"
        .. "with lock: counter should be 500, found (%d+)\n$")
    assert.equal("500", with)
    assert.is_true(tonumber(without) < 500)
  end)
end)

-- What goes wrong without a lock may go right by chance, on a machine that is busy otherwise.
local function goes_wrong(run)
  for _ = 1, 20 do
    if run() then return true end
  end
  return false
end

describe("balance.lua", function()
  it("goes wrong without a lock, and right with one and by update", function()
    assert.is_true(goes_wrong(function()
      local without, rest = output("balance.lua"):match(
        "^without a lock: the balance is (%-?%d+)\n(.*)$")
      assert.equal("with a lock: the balance is 0\nby update: the balance is 0\n", rest)
      return without ~= "0"
    end))
  end)
end)

describe("buyers.lua", function()
  it("sells too much without a lock, and what there is with one and by transaction", function()
    -- A thousand threads take the sanitizers minutes where others work beside them.
    local sanitized = os.getenv "MOONS_SLOW"
    local stock, crowd = 50000, sanitized and 32 or 1024
    local all = ("%d of %d sold, 0 left\n"):format(stock, stock)
    assert.is_true(goes_wrong(function()
      local sold, rest = output("buyers.lua", ("%d %d"):format(stock, crowd)):match(
        "^without a lock: (%d+) of 50000 sold, %-?%d+ left\n(.*)$")
      assert.equal("with a lock: " .. all .. "by transaction: " .. all, rest)
      return sold ~= "50000"
    end))
  end)
end)

describe("pipeline.lua", function()
  it("brings every item through in order", function()
    assert.equal("1000 items finished, from photo1 on\n", output("pipeline.lua"))
  end)
end)

describe("merge_sort.lua", function()
  it("sorts as table.sort does", function()
    for _, count in ipairs { 0, 1, 2, 7, 20000 } do
      assert.matches(("^%d numbers, sorted: true, the same as by table.sort: true\n"
        .. "table.sort [%%d.]+ s, %%d+ threads [%%d.]+ s\n$"):format(count),
        output("merge_sort.lua", count))
    end
  end)
end)

describe("all_cores.lua", function()
  it("keeps all of them busy until it stops the loops", function()
    local out = output("all_cores.lua", "0.5")
    local cores = moons.cpu_count()
    for i = 1, cores do
      local line = ("loop %d: thread 'loop %d' was cancelled: enough\n"):format(i, i)
      assert.is_truthy(out:find(line, 1, true))
    end
    local loops, on, percent = out:match("(%d+) loops on (%d+) cores took (%d+) %% of one core\n$")
    assert.equal(cores, tonumber(loops))
    assert.equal(cores, tonumber(on))
    -- Other programs take their share of the time.
    assert.is_true(tonumber(percent) > 5 and tonumber(percent) < 100 * cores + 20, percent)
  end)
end)

describe("io_beside_cpu.lua", function()
  it("takes about as long as its longest part", function()
    local out = output("io_beside_cpu.lua")
    assert.equal(2, #matching(out, "^program +done +%d"))
    assert.equal(2, #matching(out, "^sleeper +awake +%d"))
    assert.equal(1, #matching(out, "^factorize +16 factors +%d"))
    local all, longest, sum = out:match(
      "\n([%d.]+) s in all, the longest ([%d.]+) s, one after the other ([%d.]+) s\n$")
    all, longest, sum = tonumber(all), tonumber(longest), tonumber(sum)
    assert.is_true(longest >= 0.5 and sum >= longest + 1.5 and all < sum - 0.9, out)
  end)
end)

describe("thread_control.lua", function()
  it("ends, signals and schedules threads", function()
    assert.equal([[
true	false
thread 'busy' was cancelled: no longer needed
received a signal
received the end
listened	nil	closed
at work
true	interrupted by a better idea
nice 19	true
]], output("thread_control.lua"))
  end)
end)

describe("wordfreq.lua", function()
  local function report(out)
    local files, size, words, different = out:match(
      "\n(%d+) files, ([%d.]+) MB, (%d+) words, (%d+) different\n")
    return tonumber(files), tonumber(size), tonumber(words), tonumber(different)
  end

  it("counts rightly, leaving out what is no text", function()
    local outcome = helper.shell([[
      mkdir -p tree/'a folder' tree/"it's"
      printf 'The moon, the MOON.\nA moon\n' >tree/'a folder'/one.txt
      printf "don't stop; the end\n" >tree/"it's"/two
      printf 'the the\0the\n' >tree/binary
      printf 'the the the\n' | gzip >tree/"it's"/text.gz
      printf '<p>the the the\n' >tree/'a folder'/page.html
      "$MOONS" "$ROOT/scripts/wordfreq.lua" tree/'a folder' tree/"it's" tree/binary
    ]])
    assert.equal("", outcome.err)
    assert.equal(0, outcome.status)
    assert.same({ "        3  moon", "        3  the", "        1  a", "        1  don't",
      "        1  end", "        1  stop" }, matching(outcome.out, "^ *%d+  %a"))
    assert.same({ 2, 0.0, 10, 6 }, { report(outcome.out) })
  end)

  it("agrees with other tools on real text", function()
    local outcome = helper.shell([[
      cd /usr/share/common-licenses
      "$MOONS" "$ROOT/scripts/wordfreq.lua" . | head -20 | awk '{ print $1, $2 }'
      find . -type f ! -name '*.gz' -exec cat {} + | LC_ALL=C tr 'A-Z' 'a-z' |
        LC_ALL=C grep -oE "[a-z][a-z']*" | LC_ALL=C sort | uniq -c |
        LC_ALL=C sort -k1,1nr -k2,2 | head -20 | awk '{ print $1, $2 }'
    ]])
    local lines = helper.lines(outcome.out)
    assert.equal(40, #lines)
    assert.same(table.move(lines, 21, 40, 1, {}), table.move(lines, 1, 20, 1, {}))
  end)

  it("tells files, size, rates and the speed-up", function()
    local out = output("wordfreq.lua", "/usr/share/common-licenses")
    local files, size, words, different = report(out)
    assert.is_true(files > 5 and size > 0.05 and words > 1000 and different > 100)
    assert.equal(20, #matching(out, "^ *%d+  %a"))
    assert.equal(2, #matching(out, "^ *%d+ threads? +[%d.]+ s +[%d.]+ MB/s"))
    assert.equal(1, #matching(out, "[%d.]+ times as fast$"))
  end)
end)

describe("event.lua", function()
  it("lets all runners go, and stops the ticker", function()
    assert.equal([[
nobody runs yet: timeout
go!
3 of 3 arrived
the ticker has ticked, and stopped
]], output("event.lua"))
  end)
end)

describe("condition.lua", function()
  it("counts down and up by the same clock", function()
    local out = output("condition.lua")
    assert.same({ "down\t3", "down\t2", "down\t1" }, matching(out, "^down"))
    assert.same({ "up\t1", "up\t2", "up\t3" }, matching(out, "^up"))
    assert.equal(6, #helper.lines(out))
  end)
end)

describe("progress.lua", function()
  it("prints what it prints, and no bar without a terminal", function()
    local lines = helper.lines(output("progress.lua", "0"))
    table.sort(lines)
    assert.same({ "first is half done", "second is half done", "sums:\t820\t1830" }, lines)
  end)
end)

describe("semaphore.lua", function()
  it("lets no more in than there are permits", function()
    local most, rest = output("semaphore.lua"):match(
      "^10 workers, at most (%d) at once, 3 permits left\n(.*)$")
    assert.is_true(tonumber(most) <= 3)
    assert.equal("false\tsemaphore released more often than acquired\n", rest)
  end)
end)

describe("barrier.lua", function()
  it("adds up after each phase", function()
    assert.equal([[
all have arrived, together they have 5050
all have arrived, together they have 25502500
all have arrived, together they have 128787625000
]], output("barrier.lua"))
  end)
end)

describe("readers_writers.lua", function()
  it("writes alone and reads whole pages", function()
    local reads = output("readers_writers.lua"):match(
      "^written 200 times, read (%d+) times, sometimes together: %a+\n$")
    assert.is_true(tonumber(reads) > 0)
  end)
end)

describe("dining_philosophers.lua", function()
  it("feeds all", function()
    local lines = {}
    for i = 1, 5 do lines[i] = ("philosopher %d has eaten 100 times"):format(i) end
    assert.same(lines, helper.lines(output("dining_philosophers.lua")))
  end)
end)

describe("bounded_buffer.lua", function()
  it("loses no item", function()
    assert.equal("sum of 1 to 1500: 1125750\n", output("bounded_buffer.lua"))
  end)
end)

describe("pool.lua", function()
  -- One pool's report: each worker has one task at a time, and all five come to their end.
  local function check(report, size)
    local task_of, worker_of, busy, ended = {}, {}, 0, {}
    for _, line in ipairs(matching(report, "^%a+ t?a?s?k? ?%d")) do
      local task, worker = line:match("^Run task (%d) %((%d+)%)%.%.%.$")
      if task then
        assert.is_nil(task_of[worker], line)
        task_of[worker], worker_of[task], busy = task, worker, busy + 1
        assert.is_true(busy <= size, report)
      else
        task = line:match("^Task (%d) runs %d%.%d%d seconds%.$")
        assert.equal(task, task_of[worker_of[task]])
        task_of[worker_of[task]], busy = nil, busy - 1
        ended[#ended + 1] = task
      end
    end
    table.sort(ended)
    assert.same({ "1", "2", "3", "4", "5" }, ended)
    assert.equal(1, #matching(report, "^Waiting for all subprocesses done%.%.%.$"))
    assert.equal(11, #helper.lines(report))
  end

  it("runs as many tasks at once as there are workers", function()
    local first, second, refused = output("pool.lua", "0.1"):match(
      "^Parent thread 1, pool of " .. moons.cpu_count() .. "%.\n(.*)All subprocesses done%.\n"
        .. "Parent thread 1, pool of 4%.\n(.*)All subprocesses done%.\n(.*)$")
    check(first, moons.cpu_count())
    check(second, 4)
    -- The function has two names, and Lua takes either.
    local lines = helper.lines((refused:gsub("'moons%.Pool'", "'Pool'")))
    assert.same({
      "false\tthe pool is still running: close or terminate it before join",
      "false\tbad argument #1 to 'Pool' (processes must be at least 1)",
      "false\tbad argument #1 to 'Pool' (option 'maxtasksperchild': must be at least 1)",
      "false\tbad argument #1 to 'Pool' (option 'maxtasksperchild': integer expected, got string)",
    }, table.move(lines, 1, 4, 1, {}))
    assert.matches("^false\t.*the pool is closed: it takes no more tasks$", lines[5])
    assert.equal(5, #lines)
  end)
end)

describe("gcd.lua", function()
  it("finds the same serially and in parallel", function()
    local size, expected = 100000, {}
    for i = 1, 16 do
      local a, b = size + 12 * i, 2 * size + 18 * i
      while b > 0 do a, b = b, a % b end
      expected[i] = a
    end
    local lines = helper.lines(output("gcd.lua", size))
    assert.same({ table.concat(expected, " "), table.concat(expected, " ") },
      { lines[1], lines[2] })
    assert.matches("^serial [%d.]+ s, on " .. moons.cpu_count()
      .. " processors [%d.]+ s: [%d.]+ times as fast$", lines[3])
  end)
end)

describe("executor.lua", function()
  it("keeps to what its comments say", function()
    assert.equal([[
mapped:	1
mapped:	2
mapped:	3
mapped:	4
submitted:	1
result: 1
as many as processors:	true
closure:	25.0
method:	10.0
false	cannot send argument #2.log: FILE* is tied to its thread
false	cannot send result #1: FILE* is tied to its thread
upvalue:	1	1	1
global:	11	12	13
here:	0	nil
fresh:	nil
thread:	made in a thread	shared
]], output("executor.lua"))
  end)
end)

describe("map.lua", function()
  it("does in parallel what a loop does", function()
    assert.equal([[
the same:	true
most steps:	216
taken by:	2919
larger ones:	5 3 10
lengths:	3	5
]], output("map.lua", "3000"))
  end)
end)

describe("mandelbrot.lua", function()
  local function crc32(text)
    local crc = 0xFFFFFFFF
    for i = 1, #text do
      crc = crc ~ text:byte(i)
      for _ = 1, 8 do crc = crc >> 1 ~ (crc & 1) * 0xEDB88320 end
    end
    return crc ~ 0xFFFFFFFF
  end

  local function adler32(text)
    local low, high = 1, 0
    for i = 1, #text do
      low = (low + text:byte(i)) % 65521
      high = (high + low) % 65521
    end
    return high << 16 | low
  end

  -- The contents of the chunks by kind, those of one kind together.
  local function chunks(png)
    assert.equal("\137PNG\r\n\26\n", png:sub(1, 8))
    local contents, position = {}, 9
    while position <= #png do
      local length, kind = (">I4c4"):unpack(png, position)
      local data = png:sub(position + 8, position + 7 + length)
      position = position + 8 + length
      assert.equal(crc32(kind .. data), ((">I4"):unpack(png, position)))
      contents[kind] = (contents[kind] or "") .. data
      position = position + 4
    end
    return contents
  end

  -- What a zlib stream of stored blocks holds.
  local function inflate(stream)
    assert.equal(0, (">I2"):unpack(stream) % 31)
    local parts, position, last = {}, 3, 0
    while last == 0 do
      local length, complement
      last, length, complement = ("<BI2I2"):unpack(stream, position)
      assert.equal(0xFFFF, length ~ complement)
      parts[#parts + 1] = stream:sub(position + 5, position + 4 + length)
      position = position + 5 + length
    end
    local text = table.concat(parts)
    assert.equal(adler32(text), ((">I4"):unpack(stream, position)))
    assert.equal(#stream, position + 3)
    return text
  end

  local function inside(x, y)
    local a, b = 0.0, 0.0
    for _ = 1, 1000 do
      a, b = a * a - b * b + x, 2 * a * b + y
      if a * a + b * b > 64 then return false end
    end
    return true
  end

  local function picture(arguments)
    local outcome = helper.shell(([[
      "$MOONS" "$ROOT/scripts/mandelbrot.lua" %s && cat moon.png >&2]]):format(arguments))
    assert.equal(0, outcome.status)
    assert.matches("^moon%.png: 60 x 40 in [%d.]+ s by %d+\n$", outcome.out)
    return outcome.err
  end

  it("writes a sound picture, in which the set is black", function()
    local png = picture("60 40 moon.png")
    local contents = chunks(png)
    assert.equal((">I4I4BBBBB"):pack(60, 40, 8, 3, 0, 0, 0), contents.IHDR)
    assert.equal("\0\0\0", contents.PLTE:sub(1, 3))
    assert.equal(256 * 3, #contents.PLTE)
    assert.equal("", contents.IEND)
    local pixels, black = inflate(contents.IDAT), 0
    assert.equal(61 * 40, #pixels)
    for row = 1, 40 do
      assert.equal(0, pixels:byte((row - 1) * 61 + 1))
      for column = 1, 60 do
        local expected = inside((column - 30.5) * 0.06 - 0.7, (20.5 - row) * 0.06)
        assert.equal(expected, pixels:byte((row - 1) * 61 + column + 1) == 0)
        black = black + (expected and 1 or 0)
      end
    end
    assert.is_true(black > 300 and black < 600)
    assert.equal(png, picture("60 40 moon.png 1"))
    assert.equal(png, picture("60 40 moon.png 5"))
  end)
end)

describe("grepr.lua", function()
  it("finds what grep finds, in the order of the names", function()
    for ours, theirs in pairs {
      ["-F GNU"] = "-F GNU", ["-F ''"] = "''", ["-F a.b"] = "-F a.b", ["'%bol \"The\"'"] = "'^The'",
      ["'\".\" %eol'"] = "'[.]$'", ["'\"GPL\" / \"BSD\" %s'"] = "-E 'GPL|BSD[[:space:]]'",
    } do
      local outcome = helper.shell(([[
        cd /usr/share/common-licenses
        "$MOONS" "$ROOT/scripts/grepr.lua" %s . >&2; echo $?
        find . -type f -print0 | LC_ALL=C sort -z | LC_ALL=C xargs -0 grep -HnI %s
      ]]):format(ours, theirs))
      local status, found = outcome.out:match("^(%d+)\n(.*)$")
      assert.equal(found, outcome.err)
      assert.equal(found == "" and "1" or "0", status)
    end
  end)

  it("takes any name and tree, and no binary file", function()
    local outcome = helper.shell([[
      mkdir -p 'tree/it'"'"'s a folder' tree/-x
      printf 'no\nmoon at the end' >'tree/it'"'"'s a folder/one'
      printf 'moon\n' >'tree/a
b'
      printf 'moon\0moon\n' >tree/binary
      : >tree/empty
      printf 'moon moon\n\nmoon\n' >tree/-x/two
      ln -s .. tree/up
      ln -s self tree/self
      ln -s tree link
      "$MOONS" "$ROOT/scripts/grepr.lua" -F moon tree; echo $?
      "$MOONS" "$ROOT/scripts/grepr.lua" '"end" !.' link; echo $?
      cd tree
      "$MOONS" "$ROOT/scripts/grepr.lua" '%eol' -x; echo $?
    ]])
    assert.equal("", outcome.err)
    assert.equal([[
tree/-x/two:1:moon moon
tree/-x/two:3:moon
tree/a
b:1:moon
tree/it's a folder/one:2:moon at the end
0
link/it's a folder/one:2:moon at the end
0
./-x/two:1:moon moon
./-x/two:2:
./-x/two:3:moon
0
]], outcome.out)
  end)

  it("waits for a file that takes long", function()
    local outcome = helper.shell([[
      mkdir tree
      { yes sun | head -n 300000; echo moon; } >tree/a
      for i in $(seq 10 99); do echo moon >tree/b$i; done
      "$MOONS" "$ROOT/scripts/grepr.lua" -F moon tree
    ]])
    local expected = { "tree/a:300001:moon" }
    for i = 10, 99 do expected[#expected + 1] = ("tree/b%d:1:moon"):format(i) end
    assert.same(expected, helper.lines(outcome.out))
  end)

  it("tells by its status what went wrong", function()
    local outcome = helper.shell([[
      echo moon >file
      "$MOONS" "$ROOT/scripts/grepr.lua" -F sun file; echo $?
      "$MOONS" "$ROOT/scripts/grepr.lua" -F moon missing file; echo $?
      "$MOONS" "$ROOT/scripts/grepr.lua" -F moon file /proc/self/mem; echo $?
      "$MOONS" "$ROOT/scripts/grepr.lua" 'moon' file; echo $?
      "$MOONS" "$ROOT/scripts/grepr.lua" -F; echo $?
    ]])
    assert.equal("1\nfile:1:moon\n2\nfile:1:moon\n2\n2\n2\n", outcome.out)
    local lines = helper.lines(outcome.err)
    assert.matches("^find: .*missing", lines[1])
    assert.matches("^grepr: /proc/self/mem: ", lines[2])
    assert.matches("^grepr: rule 'moon'", lines[3])
    assert.matches("^usage: ", lines[4])
    assert.equal(4, #lines)
  end)
end)
