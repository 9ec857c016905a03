-- Cancelling a thread that is blocked in print made the script fail for its standard output.
local pipe <close> = assert(io.popen([[
  { "$MOONS" -e 'spawn { function() while true do print "log" end end, daemon = true }
      moons.sleep(0.2)' 2>&1
    echo "status $?"
  } | { sleep 0.5; tail -1; }]]))
local last = pipe:read "a"
assert(last == "status 0\n", last)
