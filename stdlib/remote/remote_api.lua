---@meta
-- luacheck: ignore 241
-- remote/remote_api.lua -- declares moons.remote, which is C and Lua beside it. Not built in.

---@class moons
local moons = {}

--- Queues, locks and values that programs on several machines share, by servers of NATS with
--- JetStream. Needs the package libnats3.4 (or libnats-dev), and nats-server for a server of one's
--- own. Every wait is the thread's or, in a task, the task's alone.
---@class moons.remote
local remote = {}
moons.remote = remote

--- What serve takes.
---@class moons.ServeOptions
---@field address? string "host:port"; none: "127.0.0.1:0", a port that is free
---@field authkey? string what those who connect have to know: letters, digits and _ . + / = ~ -;
---none: a random one, on this machine only
---@field dir? string folder for what is to outlive the server; none: nothing does
---@field tls? moons.RemoteTlsOptions with `cert`; with `ca` those who connect need a certificate
---@field timeout? number seconds until it must be ready; 10

--- How a side speaks TLS: files in PEM.
---@class moons.RemoteTlsOptions
---@field ca? string certificates to trust; none: those of the system
---@field cert? string the own certificate, and those up to its authority
---@field key? string its key; none: it is in the same file
---@field host? string connect: whose certificate is expected; none: that of the address's host
---@field verify? boolean connect: false: the server need not be who it says

--- What connect takes.
---@class moons.RemoteConnectOptions
---@field authkey? string
---@field tls? boolean|moons.RemoteTlsOptions
---@field name? string how the server calls this connection; "moons"
---@field timeout? number seconds for all of it; 5
---@field reconnect? number seconds for which a connection may be away before calls fail; 30

--- Starts a private nats-server and waits until it is ready. It ends with its scope, and with this
--- process in any case. Its key stands in a file that only this user may read, and only until it
--- has started. Raises what is wrong with an option.
---
--- ```lua
--- local server <close> = assert(moons.remote.serve())
--- local r <close> = assert(moons.remote.connect(server))
--- r:queue("jobs"):put { "resize", "a.png" }
--- ```
---@param options? moons.ServeOptions
---@return moons.RemoteServer? server
---@return string? why
function remote.serve(options) end

--- Connects to a server that serve has started, or to any NATS servers with JetStream. From then
--- on it reconnects by itself. Raises what is wrong with an option.
---@param where string|moons.RemoteServer "nats://host:port", "tls://host:port" or "host:port";
---several of one cluster with commas between
---@param options? moons.RemoteConnectOptions
---@return moons.RemoteConnection? connection
---@return string? why with the server's address in front
function remote.connect(where, options) end

--- A private server. It belongs to its thread.
---@class moons.RemoteServer
---@field url string to be connected to
---@field authkey string
---@field pid integer of the nats-server
local RemoteServer = {}

--- Ends it and waits for that. So does the end of a block: `local server <close> =`.
--- Returns nothing.
function RemoteServer:close() end

--- A connection, for any number of threads and tasks; it travels as itself within the process. Each
--- call on it and on its objects raises `the connection is lost: ...` when it has been away for
--- longer than `reconnect`, and `the connection is closed`.
---@class moons.RemoteConnection
local RemoteConnection = {}

--- What queue takes. Of a queue that is there already, what is given must be what it was made with.
---@class moons.RemoteQueueOptions
---@field maxsize? integer how many values it holds at most, those that were taken and not done
---included; none or 0: any number
---@field replicas? integer servers of a cluster that keep it: 1, 3 or 5
---@field ack_wait? number seconds after which what a dead taker has taken comes back; 30

--- The queue of that name, which is made if there is none.
---@param name string 1 to 60 letters, digits, - and _
---@param options? moons.RemoteQueueOptions
---@return moons.RemoteQueue
function RemoteConnection:queue(name, options) end

--- What lock takes.
---@class moons.RemoteLockOptions
---@field lease? number seconds for which it can be held at most; 30
---@field replicas? integer 1, 3 or 5

--- The lock of that name, which is made if there is none.
---@param name string
---@param options? moons.RemoteLockOptions
---@return moons.RemoteLock
function RemoteConnection:lock(name, options) end

--- What shared takes.
---@class moons.RemoteSharedOptions
---@field replicas? integer 1, 3 or 5

--- The shared table of that name, which is made if there is none.
---@param name string
---@param options? moons.RemoteSharedOptions
---@return moons.RemoteShared
function RemoteConnection:shared(name, options) end

--- What atomic takes.
---@class moons.RemoteAtomicOptions
---@field initial? number of one that is made now; 0
---@field replicas? integer 1, 3 or 5

--- The number of that name, which is made if there is none.
---@param name string
---@param options? moons.RemoteAtomicOptions
---@return moons.RemoteAtomic
function RemoteConnection:atomic(name, options) end

--- How it is.
---@return "connected"|"reconnecting"|"closed" state
---@return string? why if it isn't connected
function RemoteConnection:status() end

--- Closes it, for all threads: calls that wait raise. What was taken from queues and not done comes
--- back after its `ack_wait`. So does the end of a block. Returns nothing.
function RemoteConnection:close() end

--- A queue that lies at the servers. What is put is there when put returns, once, whatever happened
--- to the connection meanwhile. What is taken is the taker's until it calls task_done; if it dies
--- before, another one gets the value. So a value may be worked on twice, but is never lost.
---
--- Plain data travels; functions and objects with a metatable only where all have shown a key.
---@class moons.RemoteQueue
---@operator len: integer
local RemoteQueue = {}

--- Puts a value in, waiting for room. Raises for nil and for what can't be sent, by its path, or is
--- larger than the server takes.
---@param value any not nil
---@param seconds? number how long to wait at most; none: for ever
---@return true? put nil: it was not put, as far as is known after "timeout"
---@return nil|"timeout"|"closed" why
function RemoteQueue:put(value, seconds) end

--- Puts a value in if there is room now; waits for the server for 5 seconds at most.
---@param value any not nil
---@return true? put
---@return nil|"full"|"timeout"|"closed" why
function RemoteQueue:try_put(value) end

--- Takes the next value, waiting for one. `select` takes the queue, too. Raises if what came can't
--- be read here; that value does not come again, unless there was no memory for it.
---@param seconds? number how long to wait at most; none: for ever
---@return any value nil: there was none
---@return nil|"timeout"|"closed" why "closed": closed and empty
function RemoteQueue:get(seconds) end

--- Takes the next value if there is one now; waits for the server for 5 seconds at most.
---@return any value nil: there was none
---@return nil|"empty"|"timeout"|"closed" why
function RemoteQueue:try_get() end

--- Puts the elements of a list in, in order. Without a maxsize many are on their way at once.
---@param list any[]
---@param seconds? number
---@return integer count how many were put
---@return nil|"timeout"|"closed" why if fewer than #list
function RemoteQueue:put_many(list, seconds) end

--- Takes what is there, waiting for the first value. task_done is to be called for each.
---@param max? integer how many at most, from 1; none, and at most, 256
---@param seconds? number how long to wait at most for the first
---@return any[]? list
---@return nil|"timeout"|"closed"|any why the word, or the error that ended the list
function RemoteQueue:get_many(max, seconds) end

--- Says that the value that this thread or task has taken first, of those not yet done, has been
--- dealt with; if it has taken none, that of another one in this process. Returns when the server
--- knows. Raises if nothing was taken. Returns nothing.
function RemoteQueue:task_done() end

--- Waits until every value has been dealt with, by whomever.
---@param seconds? number
---@return true? done
---@return nil|"timeout" why
function RemoteQueue:join(seconds) end

--- How many values wait to be taken, as does `#queue`.
---@return integer
function RemoteQueue:qsize() end

--- How many values it holds at most; 0: any number.
---@return integer
function RemoteQueue:maxsize() end

--- Closes it for all machines: nothing can be put any more; what is left can be taken, then takers
--- get nil, "closed". It stays so. Returns nothing.
function RemoteQueue:close() end

--- Whether it was closed.
---@return boolean
function RemoteQueue:closed() end

--- Takes values until the queue is closed and empty: `for v in q:iter() do`. Raises what get
--- raises.
---@return fun(): any
function RemoteQueue:iter() end

--- Deletes it at the servers, with all that is in it. Returns nothing.
function RemoteQueue:delete() end

--- A lock that one thread of one machine holds at a time, for the time of its lease at most: what
--- it guards should compare tokens, since a holder may be late to see that its lease was over.
---@class moons.RemoteLock
local RemoteLock = {}

--- Takes the lock, waiting until it is free. Raises `lock is already held by this thread`.
---@param seconds? number
---@return true? acquired
---@return nil|"timeout" why
function RemoteLock:acquire(seconds) end

--- Gives the lock back. Raises `lock is not held`, `lock is held by another thread`, and `the
--- lease of lock 'NAME' was over before its release`. Returns nothing.
function RemoteLock:release() end

--- Whether somebody holds it: a moment ago.
---@return boolean
function RemoteLock:locked() end

--- The number of the caller's turn, which grows from turn to turn: a fencing token. Raises if it
--- does not hold the lock.
---@return integer
function RemoteLock:token() end

--- Takes the lock for a block: `local _ <close> = lock:hold()`.
---@param seconds? number
---@return moons.RemoteGuard? guard
---@return nil|"timeout" why
function RemoteLock:hold(seconds) end

--- Calls `f(...)` while it holds the lock.
---@param f fun(...: any): ...: any
---@param ... any
---@return any ...
function RemoteLock:with(f, ...) end

--- Gives a lock back at the end of its block.
---@class moons.RemoteGuard
local RemoteGuard = {} -- luacheck: ignore 211

--- A table that lies at the servers; each read and each write is one step. Names of methods can't
--- be used as fields: get and set take any key. Keys are strings and integers, values what can be
--- put into a RemoteQueue.
---@class moons.RemoteShared
local RemoteShared = {}

--- The value of a key, as `s[key]`.
---@param key integer|string
---@return any value
function RemoteShared:get(key) end

--- Sets the value of a key, as `s[key] = value`. nil takes it away. Returns nothing.
---@param key integer|string
---@param value any
function RemoteShared:set(key, value) end

--- Compares and swaps: sets the value of a key if it equals `expected`, as by Lua's `==`.
---@param key integer|string
---@param expected nil|boolean|number|string
---@param new any
---@return boolean swapped
---@return any current if not: what is there instead
function RemoteShared:cas(key, expected, new) end

--- Replaces the value of a key by `f(old, ...)`. Nobody writes in between: if somebody has, f is
--- called again.
---@param key integer|string
---@param f fun(old: any, ...: any): any
---@param ... any
---@return any new
function RemoteShared:update(key, f, ...) end

--- A plain table with all keys, each read as it is at its moment.
---@return table
function RemoteShared:copy() end

--- A number that lies at the servers; each call is one step.
---@class moons.RemoteAtomic
local RemoteAtomic = {}

--- The number.
---@return number
function RemoteAtomic:get() end

--- Puts a number in. Returns nothing.
---@param number number
function RemoteAtomic:set(number) end

--- Adds to the number, and gives the new one.
---@param difference? number 1 if left out
---@return number new
function RemoteAtomic:add(difference) end

--- Subtracts from the number, and gives the new one.
---@param difference? number 1 if left out
---@return number new
function RemoteAtomic:sub(difference) end

--- Puts `new` in if the number equals `expected`, as by Lua's `==`.
---@param expected number
---@param new number
---@return boolean swapped
---@return number? current if not: what is there instead
function RemoteAtomic:cas(expected, new) end
