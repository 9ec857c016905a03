-- The completions of the command in the shells themselves, where they are installed.

local helper = require "helper"
local pending = pending
local describe, it, assert = helper.outside(describe, it, assert)

local function has(shell) return helper.shell("command -v " .. shell).status == 0 end

-- What fish offers for a line.
local function fish(line)
  return helper.shell(([[
    fish --no-config -c "source '$ROOT/docs/completions/moons.fish'; complete -C '%s'"]])
    :format(line), { ["a.lua"] = "", ["b.txt"] = "" }).out
end

-- What zsh shows, in a terminal of tmux, after a line and two tabs.
local function zsh(line)
  return helper.shell(([[
    unset TMUX
    mkdir bin && ln -s "$MOONS" bin/moons && export PATH="$PWD/bin:$PATH" HOME="$PWD"
    keys() { tmux -S socket send-keys "$@"; }
    seen() {
      for _ in $(seq 200); do
        tmux -S socket capture-pane -p >screen
        grep -q "$1" screen && return
        sleep 0.05
      done
    }
    tmux -S socket -f /dev/null new-session -d -x 100 -y 40 'zsh -f -i'
    keys "PS1='ready: '; fpath=('$ROOT/docs/completions' \$fpath); autoload -U compinit" Enter
    keys "compinit -D -u; clear" Enter
    seen '^ready: $'
    keys -l '%s'
    keys Tab Tab
    seen '^%s..*'
    sleep 0.5
    tmux -S socket capture-pane -p
    tmux -S socket kill-server]]):format(line, line),
    { ["a.lua"] = "", ["b.txt"] = "" }).out
end

describe("completion in fish", function()
  it("offers options, with what they do", function()
    if not has "fish" then return pending "fish is not installed" end
    local out = fish "moons --"
    assert.is_truthy(out:find "%-%-help\tShow the options", out)
    assert.is_truthy(out:find "%-%-version\t", out)
    assert.is_truthy(fish("moons -"):find "%-E\t")
  end)

  it("offers scripts, and the command check", function()
    if not has "fish" then return pending "fish is not installed" end
    assert.is_truthy(fish("moons "):find "%f[^\n\0]check\t")
    assert.is_truthy(fish("moons "):find "%f[^\n\0]a%.lua")
  end)
end)

describe("completion in zsh", function()
  it("offers options, with what they do", function()
    if not has "zsh" then return pending "zsh is not installed" end
    local out = zsh "moons --"
    assert.is_truthy(out:find "\n%-%-help +%-%- show the options and leave\n", out)
    assert.is_truthy(out:find "\n%-%-version +%-%- ", out)
  end)
end)
