-- Libraries that know nothing of threads, used by eight of them at once: Penlight (Lua),
-- lua-filesystem, lua-cjson, lua-posix (ordinary C modules), LPeg and re (built in).

local helper = require "helper"
local pending = pending
local describe, it, assert = helper.outside(describe, it, assert)

-- Runs f(i) in eight threads at once; what they return, in order.
local function in_eight(f)
  local ready, go, threads, results = Queue(), Queue(), {}, {}
  for i = 1, 8 do
    threads[i] = spawn(function()
      ready:put(i)
      go:get()
      return f(i)
    end)
  end
  for _ = 1, 8 do ready:get() end
  for i = 1, 8 do go:put(i) end
  for i = 1, 8 do results[i] = threads[i]:join() end
  return results
end

local function all_equal(expected, results)
  for i = 1, 8 do assert.same(expected, results[i]) end
end

describe("in eight threads at once", function()
  it("Penlight works", function()
    all_equal({ "a", "b", "c", n = 3, text = "{1,2,{x=1}}", sorted = "x y z" }, in_eight(function()
      local List, pretty = require "pl.List", require "pl.pretty"
      local stringx, tablex = require "pl.stringx", require "pl.tablex"
      local parts
      for _ = 1, 200 do parts = stringx.split("a,b,c", ",") end
      local keys = List(tablex.keys { z = 1, x = 2, y = 3 }):sort()
      return { parts[1], parts[2], parts[3], n = #parts,
        text = pretty.write({ 1, 2, { x = 1 } }, ""), sorted = keys:join(" ") }
    end))
  end)

  it("a Penlight class travels with its objects", function()
    local List = require "pl.List"
    local list = spawn(function(l) return l:append(4):reverse() end, List { 1, 2, 3 }):join()
    assert.same({ 4, 3, 2, 1 }, { table.unpack(list) })
    assert.equal("4-3-2-1", list:join("-"))
  end)

  it("lua-filesystem works", function()
    local path <const>, closer <close> = helper.folder()
    assert.is_table(closer)
    local counts = in_eight(function(i)
      local lfs = require "lfs"
      local own = ("%s/%d"):format(path, i)
      assert(lfs.mkdir(own))
      for n = 1, 20 do
        local file <close> = assert(io.open(("%s/%d"):format(own, n), "w"))
        file:write(n)
      end
      local count, size = 0, 0
      for name in lfs.dir(own) do
        local full = own .. "/" .. name
        if lfs.attributes(full, "mode") == "file" then
          count, size = count + 1, size + lfs.attributes(full, "size")
        end
      end
      return { count, size }
    end)
    all_equal({ 20, 31 }, counts)
  end)

  it("lua-cjson works, and its functions travel by name", function()
    local cjson = require "cjson"
    local decode = cjson.decode
    all_equal({ list = { 1, 2, { deep = "äöü" } }, null = true, text = '{"a":[1,2,3]}' },
      in_eight(function()
        local value
        for _ = 1, 200 do
          value = decode(cjson.encode(decode '{"list":[1,2,{"deep":"äöü"}],"null":null}'))
        end
        return { list = value.list, null = value.null == cjson.null,
          text = cjson.encode { a = { 1, 2, 3 } } }
      end))
  end)

  -- Not every release of Debian builds it for Lua 5.4.
  local with_posix = pcall(require, "posix.unistd") and it or pending
  with_posix("lua-posix works", function()
    local pid = require("posix.unistd").getpid()
    all_equal(pid, in_eight(function() return require("posix.unistd").getpid() end))
  end)

  it("LPeg works", function()
    all_equal({ 14, 1000 }, in_eight(function()
      local lpeg = require "lpeg"
      local number = lpeg.R "09" ^ 1 / tonumber
      local sum = lpeg.Cf(number * ("+" * number) ^ 0, function(a, b) return a + b end)
      local long = ("1+"):rep(999) .. "1"
      return { sum:match "2+5+7", sum:match(long) }
    end))
  end)

  it("re works", function()
    all_equal({ "k1=v1", "k2=v2" }, in_eight(function()
      local grammar = require("re").compile [[
        list <- {| pair (';' pair)* |}
        pair <- { [a-z0-9]+ '=' [a-z0-9]+ }
      ]]
      local result
      for _ = 1, 200 do result = grammar:match "k1=v1;k2=v2" end
      return result
    end))
  end)

  it("print and io.write keep their calls whole", function()
    local outcome = helper.run [[
      local threads = {}
      for i = 1, 8 do
        threads[i] = spawn(function()
          local mark = tostring(i)
          for _ = 1, 200 do
            print(mark, mark:rep(50), mark)
            io.write(mark, "\t", mark:rep(50), "\t", mark, "\n")
            io.stdout:write(mark, "\t", mark:rep(50), "\t", mark, "\n")
          end
        end)
      end
      for _, thread in ipairs(threads) do thread:join() end
    ]]
    assert.equal("", outcome.err)
    local lines = helper.lines(outcome.out)
    assert.equal(8 * 200 * 3, #lines)
    for _, line in ipairs(lines) do
      local mark = line:sub(1, 1)
      if line ~= ("%s\t%s\t%s"):format(mark, mark:rep(50), mark) then error("mixed: " .. line) end
    end
  end)
end)
