-- Queues that nobody holds any more kept their messages until there was no memory: the collector
-- did not know of them. Address space is limited here where no sanitizer needs it.
if os.getenv "MOONS_SLOW" then return end
local script = [[local s = ("x"):rep(1e7) for _ = 1, 1000 do local q = Queue() q:put(s) end]]
assert(os.execute(([[ulimit -v 3000000; "$MOONS" -e '%s']]):format(script)))
