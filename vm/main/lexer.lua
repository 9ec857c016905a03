-- main/lexer.lua -- Lua's tokens, for the REPL: what an input declares, and colours.

local core = ...

local lexer = {}

---@type table<string, true>
lexer.keywords = core.keywords()

--- Cuts a text into a flat list: of each token its kind, where it begins, and where it has ended.
--- Any text is cut, an unfinished one too: what is open goes on to the end, and what is no token at
--- all is one of the kind "other".
---@type fun(text: string): any[] kind, from, after, kind, from, after, ...
lexer.cut = core.cut

return lexer
