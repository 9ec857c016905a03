-- Ten workers, of whom no more than three are at it at the same time. From the item on
-- threading.Semaphore of a book on Python.

local permits, inside = moons.BoundedSemaphore(3), Queue()

local function work()
  local _ <close> = permits:hold()
  inside:put(true)
  local together = #inside
  moons.sleep(0.01)
  inside:get()
  return together
end

local workers, most = {}, 0
for i = 1, 10 do workers[i] = spawn(work) end
for _, worker in ipairs(workers) do most = math.max(most, worker:join()) end
print(("%d workers, at most %d at once, %d permits left"):format(#workers, most, permits:value()))
print(pcall(permits.release, permits)) -- one more than there were
