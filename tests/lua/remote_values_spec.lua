-- moons.remote: locks, shared tables and atomics.

local helper = require "helper"
local teardown, pending = teardown, pending
local describe, it, assert = helper.outside(describe, it, assert)
local remote = moons.remote

local server, missing = remote.serve()
if not server then return pending("moons.remote: " .. missing) end
local r = assert(remote.connect(server))
teardown(function()
  r:close()
  server:close()
end)

local WAIT = helper.patience

local function error_of(f, ...)
  local ok, e = pcall(f, ...)
  assert.is_false(ok)
  return (tostring(e):gsub("^[^:]+:%d+: ", ""))
end

describe("a remote lock", function()
  it("is held by one at a time, whose token grows", function()
    local l = r:lock("one")
    assert.is_false(l:locked())
    assert.is_true(l:acquire())
    assert.is_true(l:locked())
    local first = l:token()
    assert.equal("lock is already held by this thread", error_of(l.acquire, l))
    local own <close> = assert(remote.connect(server))
    assert.same({ nil, "timeout" }, { own:lock("one"):acquire(0.05) })
    local other = spawn(function()
      assert(l:acquire(WAIT))
      local token = l:token()
      l:release()
      return token
    end)
    moons.sleep(0.05)
    l:release()
    assert.is_true(other:join(WAIT) > first)
    assert.is_false(l:locked())
  end)

  it("is given back by its holder alone", function()
    local l = r:lock("mine")
    assert.equal("lock is not held", error_of(l.release, l))
    l:acquire()
    local thread = spawn(function() return { pcall(l.release, l) }, { pcall(l.token, l) } end)
    local release, token = thread:join(WAIT)
    assert.matches("held by another thread", release[2])
    assert.matches("not held by this thread", token[2])
    l:release()
  end)

  it("keeps others out of what it guards", function()
    local l, value = r:lock("guard"), r:shared("guarded")
    value.n = 0
    local threads = {}
    for i = 1, 3 do
      threads[i] = spawn(function()
        for _ = 1, 5 do
          local _ <close> = l:hold()
          value.n = value.n + 1
        end
      end)
    end
    for _, thread in ipairs(threads) do thread:join(WAIT) end
    assert.equal(15, value.n)
    assert.is_false(l:locked())
  end)

  it("is free when the lease of its holder is over, who learns it", function()
    local l = r:lock("lease", { lease = 0.3 })
    l:acquire()
    local own <close> = assert(remote.connect(server))
    local other = own:lock("lease")
    assert.is_true(other:acquire(WAIT))
    other:release()
    assert.equal("the lease of lock 'lease' was over before its release", error_of(l.release, l))
    assert.is_true(l:acquire(WAIT))
    l:release()
  end)

  it("is given back at the end of a block and of a call, by errors too", function()
    local l = r:lock("block")
    assert.equal(3, l:with(math.max, 1, 3))
    assert.matches("oops", error_of(l.with, l, error, "oops"))
    assert.is_false(l:locked())
    pcall(function()
      local _ <close> = l:hold()
      error("oops")
    end)
    assert.is_false(l:locked())
  end)

  it("lets a task wait alone", function()
    local l = r:lock("task")
    local order = {}
    local function work(name)
      return moons.task(function()
        local _ <close> = l:hold()
        order[#order + 1] = name
        moons.sleep(0.01)
        order[#order + 1] = name
      end)
    end
    local one, other = work("a"), work("b")
    one:result(WAIT)
    other:result(WAIT)
    assert.equal(order[1], order[2])
    assert.equal(order[3], order[4])
  end)
end)

describe("a remote atomic", function()
  it("holds a number, and its kind", function()
    local a = r:atomic("number", { initial = 2.5 })
    assert.equal(2.5, a:get())
    a:set(7)
    assert.equal("integer", math.type(r:atomic("number"):get()))
    assert.equal(8, a:add())
    assert.equal(18, a:add(10))
    assert.equal(0.1 + 18, a:add(0.1))
    a:set(math.mininteger)
    assert.equal(math.mininteger, a:get())
    assert.equal(math.maxinteger, a:sub())
    for _, odd in ipairs { math.huge, -math.huge } do
      a:set(odd)
      assert.equal(odd, a:add())
    end
    a:set(0 / 0)
    assert.not_equal(a:get(), a:get())
    assert.matches("number expected, got string", error_of(a.add, a, "1"))
    assert.matches("#2 to 'update' %(function expected", error_of(function()
      r:shared("number"):update("x")
    end))
    assert.matches("#1 to 'with' %(function expected", error_of(function() r:lock("l"):with() end))
  end)

  it("loses no addition of several threads", function()
    local a = r:atomic("many")
    local url, key = server.url, server.authkey
    local threads = {}
    for i = 1, 3 do
      threads[i] = spawn(function()
        local own <close> = assert(moons.remote.connect(url, { authkey = key }))
        local mine = own:atomic("many")
        for _ = 1, 20 do mine:add() end
      end)
    end
    for _, thread in ipairs(threads) do thread:join(WAIT) end
    assert.equal(60, a:get())
  end)

  it("compares and swaps", function()
    local a = r:atomic("swap")
    assert.is_true(a:cas(0, 5))
    assert.same({ false, 5 }, { a:cas(0, 6) })
    assert.equal(5, a:get())
  end)
end)

describe("a remote shared table", function()
  it("has fields of all kinds, for all", function()
    local s = r:shared("fields")
    s.x = { 1, { 2 } }
    s["a b.c>*"] = "text"
    s[3], s.yes = true, false
    local own <close> = assert(remote.connect(server))
    local other = own:shared("fields")
    assert.equal(2, other.x[2][1])
    assert.equal("text", other["a b.c>*"])
    assert.same({ true, false }, { other[3], other.yes })
    assert.is_nil(other.none)
    s.x = nil
    assert.same({ ["a b.c>*"] = "text", [3] = true, yes = false }, other:copy())
    other:set("get", 1)
    assert.equal(1, s:get("get"))
    assert.matches("bad key", error_of(s.get, s, {}))
    assert.matches("FILE%*", error_of(s.set, s, "f", io.stdout))
  end)

  it("is updated by one at a time", function()
    local s = r:shared("update")
    local threads = {}
    for i = 1, 3 do
      threads[i] = spawn(function()
        for _ = 1, 10 do s:update("n", function(old, more) return (old or 0) + more end, 2) end
      end)
    end
    for _, thread in ipairs(threads) do thread:join(WAIT) end
    assert.equal(60, s.n)
  end)

  it("compares and swaps", function()
    local s = r:shared("cas")
    assert.is_true(s:cas("k", nil, "first"))
    assert.same({ false, "first" }, { s:cas("k", nil, "second") })
    assert.is_true(s:cas("k", "first", nil))
    assert.is_nil(s.k)
  end)
end)
