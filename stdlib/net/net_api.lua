---@meta
-- luacheck: ignore 241
-- net/net_api.lua -- declares what is written in C and in net.lua: moons.net, Listener, Connection,
-- moons.stdin. Not built in.

---@class moons
local moons = {}

--- Connections to other programs, over TCP and Unix sockets, with TLS if wanted. Every wait is the
--- thread's or, in a task, the task's alone.
---
--- An address is "host:port", "[::1]:port" or "unix:path"; an empty host is this machine, and for a
--- listener all of its addresses. A path that begins with @ is in no folder.
---@class moons.net
local net = {}
moons.net = net

--- How a side speaks TLS.
---@class moons.TlsOptions
---@field ca? string file of the certificates to trust, in PEM; none: those of the system. For a
---listener: those who connect have to show a certificate
---@field verify? boolean false: the other side need not be who it says
---@field host? string connect: whose certificate is expected; none: that of the address's host
---@field cert? string file of the own certificate, and of those up to its authority, in PEM; a
---listener needs one
---@field key? string file of its key; none: it is in the same file
---@field alpn? string[] protocols to agree on, the best first

--- What both functions take.
---@class moons.ConnectionOptions
---@field limit? integer bytes of a line, or before a mark, at most; 1 MiB
---@field nodelay? boolean small writes go out at once, which they do unless this is false
---@field keepalive? boolean|integer seconds of silence after which the other side is asked whether
---it still lives; true: 60
---@field tls? boolean|moons.TlsOptions

---@class moons.ConnectOptions: moons.ConnectionOptions
---@field timeout? number seconds, for looking up the name, connecting, and TLS

---@class moons.ListenOptions: moons.ConnectionOptions
---@field backlog? integer connections that wait to be accepted; 1024
---@field reuseport? boolean other sockets may listen at the same port, and get their share

--- Connects. A name is looked up on a thread of its own; its addresses are tried in their order.
---
--- ```lua
--- local c <close> = assert(moons.net.connect("localhost:80", { timeout = 5 }))
--- c:write "GET / HTTP/1.0\r\n\r\n"
--- print(c:read())
--- ```
---@param address string
---@param options? moons.ConnectOptions
---@return moons.Connection? connection
---@return nil|"timeout"|string why what the system says, with the address in front
---@return integer? number of that, an errno
function net.connect(address, options) end

--- Listens. Port 0 is one that is free, which the listener's address tells. A Unix socket's path is
--- removed when the listener is closed.
---@param address string
---@param options? moons.ListenOptions
---@return moons.Listener? listener
---@return string? why
---@return integer? number
function net.listen(address, options) end

--- Makes two connections, each of which reads what is written to the other.
---@return moons.Connection? one or nil, why not, and the number of that
---@return moons.Connection|string other
---@return integer? number
function net.pair() end

--- Where connections come in. Any number of threads and tasks may accept. Travels as a handle.
---@class moons.Listener
local Listener = {}

--- Waits for a connection.
---@param seconds? number how long at most; none: for ever, 0: only look
---@return moons.Connection? connection
---@return nil|"timeout"|"closed"|string why
---@return integer? number
function Listener:accept(seconds) end

--- Closes it: all who wait get nil and "closed".
---@return boolean was_open
function Listener:close() end

--- Whether it is closed.
---@return boolean
function Listener:closed() end

--- Where it listens: "127.0.0.1:8080".
---@return string
function Listener:address() end

--- A stream of bytes in each direction. One thread or task may read while another writes; what one
--- call writes is not mixed with what others do, what one call reads is in one piece. Travels as
--- a handle: accepted here, served there.
---
--- Reading gives nil and "closed" at the end, which is when the other side has ended its stream, or
--- this one was closed; nil, "timeout"; or nil, what the system says and its number.
---@class moons.Connection
local Connection = {}

--- Reads like a file does.
---@param what? "l"|"L"|"a"|integer a line without its end, or with it; all up to the end; so many
---bytes, fewer at the end. None: "l"
---@param seconds? number
---@return string? text
---@return nil|"closed"|"timeout"|"full"|string why "full": there is no line within the limit
---@return integer? number
function Connection:read(what, seconds) end

--- Reads up to a mark, which is the last of what it gives, but for the end.
---@param mark string at least one byte
---@param seconds? number
---@return string? text
---@return nil|"closed"|"timeout"|"full"|string why
---@return integer? number
function Connection:read_until(mark, seconds) end

--- Reads what is there, at least one byte. Like recv in Python.
---@param most? integer bytes; 65536
---@param seconds? number
---@return string? text
---@return nil|"closed"|"timeout"|string why
---@return integer? number
function Connection:receive(most, seconds) end

--- Reads to the end: `for line in connection:lines() do`. Raises what `read` gives as a failure.
---@param what? "l"|"L"|integer
---@return fun(): string?
function Connection:lines(what) end

--- Writes all of it, waiting while the other side reads more slowly.
---@param data string|number|(string|number)[] a list is written as one
---@param seconds? number
---@return true? done
---@return nil|"timeout"|"closed"|string why
---@return integer? number after "timeout": the bytes that are on their way
function Connection:write(data, seconds) end

--- Ends one direction: after "write" the other side reads to the end, and may still write.
---@param how? "write"|"read"|"both" none: "write"
---@return true? done
---@return nil|"closed"|string why
---@return integer? number
function Connection:shutdown(how) end

--- Closes it: all who wait get nil and "closed". So does the end of a block: `local c <close> =`.
---@return boolean was_open
function Connection:close() end

--- Whether it was closed, here.
---@return boolean
function Connection:closed() end

--- Where this end is; nil and "closed" afterwards.
---@return string? address
---@return string? why
function Connection:address() end

--- Where the other end is.
---@return string
function Connection:peer() end

--- Agrees on TLS now, which the first read or write does otherwise.
---@param seconds? number
---@return true? done
---@return nil|"timeout"|"closed"|string why
---@return integer? number
function Connection:handshake(seconds) end

--- What was agreed on; nil: nothing (yet).
---@return string? version "TLSv1.3"
---@return string? protocol
function Connection:tls() end

--- The standard input, with the calls of a connection that read. All threads have the same. What
--- `io.read` has read ahead is not seen here, nor the other way round.
---
--- ```lua
--- for line in moons.stdin:lines() do print(line:upper()) end
--- ```
---@class moons.stdin
local stdin = {}
moons.stdin = stdin

--- Reads like a connection does.
---@param what? "l"|"L"|"a"|integer
---@param seconds? number
---@return string? text
---@return nil|"closed"|"timeout"|"full"|string why
---@return integer? number
function stdin:read(what, seconds) end

--- Reads up to a mark, which is the last of what it gives, but for the end.
---@param mark string at least one byte
---@param seconds? number
---@return string? text
---@return nil|"closed"|"timeout"|"full"|string why
---@return integer? number
function stdin:read_until(mark, seconds) end

--- Reads what is there, at least one byte.
---@param most? integer bytes; 65536
---@param seconds? number
---@return string? text
---@return nil|"closed"|"timeout"|string why
---@return integer? number
function stdin:receive(most, seconds) end

--- Reads to the end: `for line in moons.stdin:lines() do`. Raises what `read` gives as a failure.
---@param what? "l"|"L"|integer
---@return fun(): string?
function stdin:lines(what) end
