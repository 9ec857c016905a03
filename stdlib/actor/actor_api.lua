---@meta
-- luacheck: ignore 241
-- actor/actor_api.lua -- declares Actor and what is done with one, which is in C. Not built in.

---@class moons
local moons = {}

--- Something that runs on its own, and does one thing after the other as it is told. The handle may
--- be sent to other threads; two handles of one actor are equal.
---
--- `local a <close> = moons.Actor(f)` closes the actor at the end of the block, waits for it and
--- raises its error; when the block is left by an error, the actor is cancelled and waited for.
---@class moons.Actor
local Actor = {}

--- What the table form of Actor takes: options; handlers by tag, under any other names than these;
--- at 1 the handler of all other messages. Instead of handlers, `run`.
---@class moons.ActorOptions
---@field [1]? fun(self: moons.ActorSelf, ...: any): any ... called for each message
---@field run? fun(self: moons.ActorSelf) all that the actor does: `for x in self:inbox() do`
---@field init? fun(self: moons.ActorSelf, ...: any) called first, after each restart too
---@field on? "thread"|"task" where it runs: on a thread of its own, the default, or as a task
---@field maxsize? integer how many messages wait at most; the default, 0: any number
---@field restart? "never"|"on_failure" what an error does: ends it, the default, or starts it anew
---@field max_restarts? integer so many in a period; the next error ends it; the default is 3
---@field period? number seconds; the default is 5
---@field daemon? boolean false: the end of the script, or for a task of its thread, waits for it;
--- true, the default: it is cancelled then
---@field name? string of its thread or task

--- What the functions of an actor get first. A handler may keep fields in it; each start begins
--- with an empty one. The handlers can be called as its methods. It can't be sent; its `actor` can.
---@class moons.ActorSelf
---@field actor moons.Actor the actor itself
---@field inbox fun(self: moons.ActorSelf): fun(): any ... the values of each message, until closed
---@field reply fun(self: moons.ActorSelf, ...: any) answers the question at work now, if it is one

--- Starts an actor. On a thread its functions and the arguments of `init` are copied, once more for
--- each restart; as a task it has them as they are. Raises what is wrong with an option, and what
--- can't be sent, by its path. Supervision is like Erlang's, for one process.
---
--- ```lua
--- local printer = moons.Actor(function(self, text) print(text) end)
--- printer:send("Hello")
--- printer:close()
--- printer:join()
--- ```
---@param behaviour moons.ActorOptions|fun(self: moons.ActorSelf, ...: any): any ...
---@param ... any arguments of `init`
---@return moons.Actor
function moons.Actor(behaviour, ...) end

--- Puts a message into the mailbox, waiting for room. Raises what can't be sent, by its path; for
--- an actor that has nothing but tagged handlers, a tag without one; for one with `run`, nil.
---@param ... any the values of the message: the tag first, if it has tagged handlers
---@return true? sent
---@return nil|"closed" why
function Actor:send(...) end

--- Sends a question. The future has the results of its handler, or fails with its error; or fails
--- because the actor ends before. Cancelling it works until the actor begins with it. Waits and
--- raises as send does.
---@param ... any as for send
---@return moons.Future
function Actor:ask(...) end

--- No more messages: the actor works off what is there, and ends. Returns nothing.
---@param now? boolean true: what is there is dropped, its questions fail
function Actor:close(now) end

--- Waits for its end. Raises the error that it has died of, or that it was cancelled, and for the
--- actor itself, which would wait for ever.
---@param seconds? number how long to wait at most; none: for ever, 0: only look
---@return true? done
---@return nil|"timeout" why
function Actor:join(seconds) end

--- Asks it to stop, as a thread's or future's `cancel` does: the wait it is in raises `cancelled`.
---@return boolean asked false: it has ended, or was asked before
function Actor:cancel() end

--- What has become of it.
---@return "running"|"done"|"failed"|"cancelled"
function Actor:status() end

--- Puts word of its end, `{actor = a, status = a:status(), error = e}`, into a queue; or sends it
--- to an actor, with the tag "down" in front; at once, if it has ended. What is full or closed then
--- gets none. Returns nothing. Like Erlang's monitor.
---@param other moons.Queue|moons.Actor
function Actor:monitor(other) end
