-- The programs that are measured: where they are found, how they are built
-- and how a row's words become a command line.
--
-- A tool has
--   needs    the command that must exist
--   install  how to get it on Debian
--   version  a command whose first line of output says which one it is
--   builds   what is compiled into the build folder: the file it gives, its
--            sources, and the command that makes it
--   prefix   what stands before the words of a row

local here = arg[0]:match("^(.*)/[^/]*$") or "."
local root = here .. "/../.."

local tools = {}

local function quote(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

--- Runs a shell command.
---@return boolean ok, string output both streams, integer status
function tools.shell(command)
  local pipe = assert(io.popen("{ " .. command .. "\n} 2>&1"))
  local output = pipe:read("a")
  local ok, _, status = pipe:close()
  return ok == true, output, status
end

local function exists(command)
  return (tools.shell("command -v " .. command))
end

local function first_that_exists(...)
  for _, command in ipairs{...} do
    if exists(quote(command)) then
      return command
    end
  end
  return (...)
end

local function under(folder, names)
  local paths = {}
  for name in names:gmatch("%S+") do
    paths[#paths + 1] = folder .. "/" .. name
  end
  return paths
end

--- The moons to be measured: the one that runs this, else the release build.
local function find_moons()
  local host = arg[-1] or ""
  local given = os.getenv("MOONS") or host:match("[^/]*$"):find("^moons") and host
  return given or root .. "/build/release/moons"
end

local out = root .. "/build/bench"
local peers = here .. "/peers"
local compile = "cc -std=c11 -O2 -pthread -D_GNU_SOURCE -o "
local moons = find_moons()
local python = os.getenv("PYTHON") or first_that_exists("/usr/bin/python3", "python3")

tools.moons = {
  needs = quote(moons), version = quote(moons) .. " --version", install = "make",
  prefix = quote(moons) .. " " .. quote(here .. "/moons/") .. "%s.lua",
}

tools.lua = {
  needs = "lua5.4", version = "lua5.4 -v", install = "apt-get install lua5.4",
  prefix = "lua5.4 " .. quote(here .. "/moons/") .. "%s.lua",
}

--- The same scripts in a stock Lua, by moons.so.
tools.stock = {
  needs = "lua5.4", install = "apt-get install lua5.4 liblua5.4-dev, and make",
  prefix = "env LUA_INIT_5_4=@" .. quote(root .. "/tests/stock.lua") .. " MOONS_MODULE="
    .. quote(root .. "/build/release/lua") .. " lua5.4 " .. quote(here .. "/moons/") .. "%s.lua",
}

-- A program with libmoons, built anew with the library.
local library = root .. "/build/release/libmoons.so"
tools.libmoons = {
  needs = "cc", install = "apt-get install gcc libc6-dev",
  builds = {{
    file = out .. "/host", sources = {here .. "/libmoons/host.c", library},
    command = "cc -std=c11 -O2 -pthread -D_GNU_SOURCE -I" .. quote(root .. "/vm/include")
      .. " -Wl,-rpath," .. quote(root .. "/build/release") .. " -o ",
  }},
  prefix = quote(out .. "/host") .. " %s",
}

-- A program with Lua alone.
tools.liblua = {
  needs = "pkg-config", install = "apt-get install gcc pkg-config liblua5.4-dev",
  builds = {{
    file = out .. "/lua_state", sources = {peers .. "/c/lua_state.c"},
    command = "cc -std=c11 -O2 -D_GNU_SOURCE $(pkg-config --cflags lua5.4) -Wl,--no-as-needed "
      .. "$(pkg-config --libs lua5.4) -o ",
  }},
  prefix = quote(out .. "/lua_state") .. " %s",
}

local c_sources = under(peers .. "/c",
  "main.c threads.c roundtrip.c queue.c ring.c mutex_queue.c cpu.c counter.c programs.c "
    .. "processes.c bench.h")

tools.c = {
  needs = "cc", version = "cc --version", install = "apt-get install gcc libc6-dev",
  builds = {{file = out .. "/peer_c", sources = c_sources, command = compile}},
  prefix = quote(out .. "/peer_c") .. " %s",
}

tools.start = {
  needs = "cc", install = "apt-get install gcc libc6-dev",
  builds = {{
    file = out .. "/startup", sources = {peers .. "/c/startup.c"}, command = compile,
  }},
  prefix = quote(out .. "/startup") .. " %s",
}

tools.python = {
  needs = quote(python), version = quote(python) .. " --version",
  install = "apt-get install python3",
  prefix = quote(python) .. " -B " .. quote(peers .. "/python/bench.py") .. " %s",
}

tools.node = {
  needs = "node", version = "echo Node $(node --version)", install = "apt-get install nodejs",
  prefix = "node " .. quote(peers .. "/node/bench.js") .. " %s",
}

-- A heap of a few MB is collected so often by default that Go passes on long
-- strings at a third of the speed that it has with some room.
tools.go = {
  needs = "go", version = "go version", install = "apt-get install golang-go",
  builds = {{
    file = out .. "/peer_go", command = "go build -o ",
    sources = under(peers .. "/go",
      "main.go threads.go queue.go cpu.go counter.go pools.go tasks.go actors.go server.go"),
  }},
  prefix = "env GOGC=400 " .. quote(out .. "/peer_go") .. " %s",
}

tools.erlang = {
  needs = "erlc", install = "apt-get install erlang-base",
  version = "echo Erlang/OTP $(erl -noinput -eval "
    .. "'io:put_chars(erlang:system_info(otp_release)), halt().')",
  builds = {{
    file = out .. "/peer_erlang.beam", command = "erlc -o ", into = out,
    sources = under(peers .. "/erlang",
      "peer_pools.erl peer_tasks.erl peer_actors.erl peer_server.erl peer_erlang.erl"),
  }},
  prefix = "env ERL_CRASH_DUMP_SECONDS=0 erl -noinput -pa " .. quote(out)
    .. " -run peer_erlang main %s",
}

--- What loads the servers; it is never a side.
tools.wrk = {needs = "wrk", version = "wrk --version", install = "apt-get install wrk"}

--- All tools, in the order of the heading.
tools.names = {"moons", "lua", "c", "python", "node", "go", "erlang", "wrk"}

local function is_fresh(build)
  local newer = {}
  for i, source in ipairs(build.sources) do
    newer[i] = quote(build.file) .. " -nt " .. quote(source)
  end
  return (tools.shell("test " .. table.concat(newer, " -a ")))
end

--- Compiles what is older than its sources.
---@return string? trouble the compiler's words if it failed
local function build_all(tool)
  for _, build in ipairs(tool.builds or {}) do
    if not is_fresh(build) then
      local words = {}
      for _, source in ipairs(build.sources) do
        words[#words + 1] = not source:find("%.h$") and quote(source) or nil
      end
      local target = quote(build.into or build.file)
      local ok, output = tools.shell("mkdir -p " .. quote(out) .. " && " .. build.command
        .. target .. " " .. table.concat(words, " "))
      if not ok then
        return output
      end
    end
  end
end

--- Finds and builds a tool once. What it lacks is said in `tool.missing`.
---@return boolean usable
function tools.prepare(tool)
  if not tool.prepared then
    tool.prepared = true
    if not exists(tool.needs) then
      tool.missing = "not found; to get it: " .. tool.install
    else
      tool.missing = build_all(tool)
    end
  end
  return not tool.missing
end

--- The first processor that this process may use.
local function first_cpu()
  local _, list = tools.shell("taskset -cp $$")
  return list:match(":%s*(%d+)") or "0"
end

-- What rows name instead of a path.
local stand_ins = {
  ["@moons"] = quote(moons), ["@python"] = quote(python),
  ["@load"] = quote(peers .. "/load.sh"),
  ["@empty"] = quote(here .. "/moons/empty.lua"),
}

--- The command line for a row's words, of which the first names the case.
---@param name string of a tool
---@param words string
---@param pin boolean? on one processor only
---@param seconds integer after which it is ended
function tools.command(name, words, pin, seconds)
  local case, rest = words:match("^(%S+)%s*(.*)$")
  local limits = (pin and "taskset -c " .. first_cpu() .. " " or "") .. "timeout " .. seconds
  return limits .. " " .. tools[name].prefix:format(case) .. " " .. rest:gsub("@%a+", stand_ins)
end

return tools
