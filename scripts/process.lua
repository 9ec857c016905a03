-- A function in a process of its own, and waiting for its end. From the chapters on processes of
-- two books on Python (multiprocessing.Process).
--   moons scripts/process.lua

local function run_proc(name)
  print(("Run child process %s (%d)..."):format(name, moons.getpid()))
end

print(("Parent process %d."):format(moons.getpid()))
print("Child process will start.")
moons.process(run_proc, "test"):join()
print("Child process end.")
