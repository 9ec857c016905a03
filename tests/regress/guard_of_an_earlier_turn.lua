-- A guard whose lock was released by hand, and taken again, released that, too.
local lock = Lock()
local guard = lock:hold()
lock:release()
lock:acquire()
assert(lock:locked())
getmetatable(guard).__close(guard)
assert(lock:locked())
guard = nil
collectgarbage()
assert(lock:locked())
lock:release()

-- One that is merely collected leaves the lock held: whoever comes after the thread is told.
spawn(function()
  lock:hold()
  collectgarbage()
  assert(lock:locked())
end):join()
assert(select(2, lock:acquire(10)) == "abandoned")
