-- What a state's libraries were before scripts ran is not noted in each state, but looked up in
-- another when it is first asked for. By then a script may have thrown libraries away, and made
-- tables where they were.

local function lose_math()
  local kept = string
  for _, name in ipairs({ "math", "string" }) do
    rawset(_G, name, nil)
  end
  package.loaded.math, package.loaded.string = nil, nil
  collectgarbage()
  collectgarbage()
  local tables = {}
  for i = 1, 1000 do
    tables[i] = { i }
  end
  return kept, tables, function() return utf8, tables[1] end
end

for _ = 1, 3 do
  local kept, tables, again = spawn(lose_math):join()
  assert(kept == string, "a library that was thrown away is still known by name")
  for i = 1, 1000 do
    assert(tables[i] ~= math and tables[i][1] == i, "no other table is taken for a library")
  end
  local library, first = again()
  assert(library == utf8 and first[1] == 1, "a global of the libraries is the target's own")
end

-- Everything that is noted: values, functions, tables; each is the target's own.
local names = {}
for name, library in pairs(package.loaded) do
  if type(library) == "table" and name ~= "_G" then
    names[#names + 1] = name
  end
end

local function collect(wanted)
  local found = {}
  for _, name in ipairs(wanted) do
    found[name] = { module = require(name), fields = {} }
    for field, value in pairs(require(name)) do
      if type(value) == "table" or type(value) == "function" then
        found[name].fields[field] = value
      end
    end
  end
  return found, print, _G
end

local found, write, globals = spawn(collect, names):join()
assert(write == print and globals == _G)
for name, part in pairs(found) do
  assert(part.module == require(name), name)
  for field, value in pairs(part.fields) do
    assert(value == require(name)[field], name .. "." .. field)
  end
end
