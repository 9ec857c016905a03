%% Processes on one scheduler: turns between two, and many that sleep.
-module(peer_tasks).
-export([switch/2, sleepers/1]).

start(F) ->
    {_, Ref} = spawn_opt(F, [monitor, {scheduler, 1}]),
    Ref.

ended(Ref) ->
    receive {'DOWN', Ref, process, _, normal} -> ok end.

ping(0) -> ok;
ping(N) ->
    receive {From, N} -> From ! {self(), N}, ping(N - 1) end.

pong(_, 0) -> ok;
pong(Other, N) ->
    Other ! {self(), N},
    receive {Other, N} -> pong(Other, N - 1) end.

take_turns(0) -> ok;
take_turns(N) -> erlang:yield(), take_turns(N - 1).

two("send", N) ->
    {Other, First} = spawn_opt(fun() -> ping(N) end, [monitor, {scheduler, 1}]),
    [First, start(fun() -> pong(Other, N) end)];
two("yield", N) ->
    [start(fun() -> take_turns(N) end) || _ <- [1, 2]].

seconds(Form, N) ->
    peer_erlang:seconds(fun() -> [ended(Ref) || Ref <- two(Form, N div 2)] end).

switch(Form, N) ->
    seconds(Form, N div 10),
    peer_erlang:report("seconds_each", seconds(Form, N) / N).

peak_bytes() ->
    {ok, File} = file:open("/proc/self/status", [read, raw]),
    {ok, Text} = file:read(File, 4096),
    {match, [KB]} = re:run(Text, "VmHWM:\\s+(\\d+)", [{capture, all_but_first, list}]),
    file:close(File),
    list_to_integer(KB) * 1024.

sleepers(N) ->
    Nap = fun() -> receive after 1000 -> ok end end,
    peer_erlang:report("seconds", peer_erlang:seconds(fun() ->
        [ended(Ref) || Ref <- [start(Nap) || _ <- lists:seq(1, N)]]
    end)),
    peer_erlang:report("bytes_peak", peak_bytes()).
