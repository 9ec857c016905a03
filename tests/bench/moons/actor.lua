-- actor FORM KIND N [MAXSIZE]: N messages from one sender to one actor, which adds up what it gets.
--   task     both are tasks of one thread    thread   the actor has a thread of its own
--   KIND     int, or record: a new table of three fields with a list in it
-- MAXSIZE is the mailbox's; without it, it has no bound.

local form, kind = arg[1], arg[2]
local n, maxsize = math.tointeger(arg[3]), math.tointeger(arg[4] or 0)

local senders, handlers = {}, {}

function senders.int(actor, count)
  for i = 1, count do
    actor:send(i)
  end
end

function handlers.int(self, value)
  self.sum = (self.sum or 0) + value
end

function senders.record(actor, count)
  for i = 1, count do
    actor:send{id = i, name = "abc", values = {1, 2, 3}}
  end
end

function handlers.record(self, value)
  self.sum = (self.sum or 0) + value.id
end

local function seconds(count)
  local handler = handlers[kind]
  local actor <close> = moons.Actor{
    function(self, value)
      if value == nil then
        return self.sum
      end
      handler(self, value)
    end,
    on = form, maxsize = maxsize,
  }
  local start = moons.clock()
  local sender = moons.task(senders[kind], actor, count)
  sender:result()
  assert(actor:ask():result() == count * (count + 1) // 2, "messages were lost")
  return moons.clock() - start
end

seconds(n // 8)
print("per_second", n / seconds(n))
