-- The scripts of scripts/, run by the command, with their output checked: as it stands where it
-- can't vary, else by its shape.

local helper = require "helper"
local describe, it, assert = helper.outside(describe, it, assert)

-- The output of the script, which must end well and say nothing on standard error.
local function output(name, arguments)
  local outcome = helper.script(name, arguments)
  assert.equal("", outcome.err)
  assert.equal(0, outcome.status)
  return outcome.out
end

-- The lines that match, in their order.
local function matching(text, pattern)
  local kept = {}
  for _, line in ipairs(helper.lines(text)) do
    if line:find(pattern) then kept[#kept + 1] = line end
  end
  return kept
end

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
    -- A thousand threads take TSan minutes where others work beside it.
    local stock, crowd = 50000, os.getenv("TSAN_OPTIONS") and 32 or 1024
    local all = ("%d of %d sold, 0 left\n"):format(stock, stock)
    assert.is_true(goes_wrong(function()
      local sold, rest = output("buyers.lua", ("%d %d"):format(stock, crowd)):match(
        "^without a lock: (%d+) of 50000 sold, %-?%d+ left\n(.*)$")
      assert.equal("with a lock: " .. all .. "by transaction: " .. all, rest)
      return sold ~= "50000"
    end))
  end)
end)

describe("writer_reader.lua", function()
  it("reads what is written until nothing comes for a second", function()
    local out = output("writer_reader.lua")
    assert.same({ "Put A to queue...", "Put B to queue...", "Put C to queue..." },
      matching(out, "^Put"))
    assert.same({ "Get A from queue.", "Get B from queue.", "Get C from queue." },
      matching(out, "^Get"))
    for _, value in ipairs { "A", "B", "C" } do
      assert.is_true(out:find("Put " .. value, 1, true) < out:find("Get " .. value, 1, true))
    end
    assert.same({ "Thread to read: Thread-2", "Thread to write: Thread-1" },
      (function(lines) table.sort(lines) return lines end)(matching(out, "^Thread")))
    assert.equal("Reader ended: timeout", matching(out, "^Reader")[1])
    assert.equal(9, #helper.lines(out))
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

describe("actor.lua", function()
  it("does in order what the actors are told", function()
    assert.equal("Got: Hello\nGot: World\nRunning A 1\nRunning B 2 3\n", output("actor.lua"))
  end)
end)

describe("worker_result.lua", function()
  it("gives results, more than once, and errors", function()
    assert.equal("8.0\ntrue\nfalse\tno result\n", output("worker_result.lua"))
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
