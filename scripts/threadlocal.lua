-- One object, in which each thread finds its own fields. From the ThreadLocal chapter of a Python
-- tutorial (threading.local).

local school = threadlocal()

local function greet()
  print(("Hello, %s (in %s)"):format(school.student, moons.current():name()))
end

local function process(name)
  school.student = name
  greet()
end

local a = spawn { process, "Alice", name = "Thread-A" }
local b = spawn { process, "Bob", name = "Thread-B" }
a:join()
b:join()
