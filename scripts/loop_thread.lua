-- A thread with a name of its own, beside MainThread. From the threading chapter of a Python
-- tutorial, where the interpreter lock lets one of them run at a time; here both do.

local function say(what) print(("thread %s %s"):format(moons.current():name(), what)) end

local function loop(pause)
  say("is running...")
  for n = 1, 5 do
    say(">>> " .. n)
    moons.sleep(pause)
  end
  say("ended.")
end

say("is running...")
spawn { loop, tonumber(arg[1]) or 1, name = "LoopThread" }:join()
say("ended.")
