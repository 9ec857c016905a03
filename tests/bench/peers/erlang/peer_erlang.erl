%% The Erlang peers: `erl -noinput -run peer_erlang main CASE WORD...` measures
%% one case and prints `key value` lines in SI base units.
-module(peer_erlang).
-export([main/1]).
-export([report/2, seconds/1, repeat/2, resident_bytes/0]). % to the others

-define(BATCH, 128).

main([Case | Words]) ->
    measure(Case, Words),
    halt().

measure("spawn", [_, N]) -> spawn_case(list_to_integer(N));
measure("live", [_, N]) -> live(list_to_integer(N));
measure("roundtrip", [Form, N]) -> roundtrip(Form, list_to_integer(N));
measure("queue", [_, Kind | Numbers]) -> queue(Kind, [list_to_integer(N) || N <- Numbers]);
measure("cpu", [_, Load, N]) -> cpu(list_to_atom(Load), list_to_integer(N));
measure("map", [Form, Task | Numbers]) ->
    [Workers, N, Rounds, Bytes] = [list_to_integer(Number) || Number <- Numbers],
    peer_pools:map(Form, list_to_atom(Task), Workers, [N, Rounds], Bytes);
measure("switch", [Form, N]) -> peer_tasks:switch(Form, list_to_integer(N));
measure("sleepers", [_, N]) -> peer_tasks:sleepers(list_to_integer(N));
measure("actor", [Form, Kind, N]) ->
    peer_actors:actor(Form, list_to_atom(Kind), list_to_integer(N));
measure("actor_ring", [_, Count, Hops]) ->
    peer_actors:ring(list_to_integer(Count), list_to_integer(Hops));
measure("actor_ask", [Form, N]) -> peer_actors:ask(Form, list_to_integer(N));
measure("http", [_, Load]) -> peer_server:http(Load);
measure("timers", [_, N]) -> peer_actors:timers(list_to_integer(N));
measure(Case, [Form | Numbers]) ->
    pools(Case, Form, [list_to_integer(Number) || Number <- Numbers]).

pools("submit", Form, [Workers, N, Rounds]) -> peer_pools:submit(Form, Workers, N, Rounds);
pools("turns", Form, [Workers, N]) -> peer_pools:turns(Form, Workers, N);
pools("skewed", Form, [Workers, Work]) -> peer_pools:skewed(Form, Workers, Work);
pools("scaling", _, [Work, N]) -> peer_pools:scaling(Work, N);
pools("pending", Form, [N]) -> peer_pools:pending(Form, N).

now_seconds() -> erlang:monotonic_time(nanosecond) * 1.0e-9.

report(Key, Value) -> io:format("~s ~.9e~n", [Key, float(Value)]).

seconds(F) ->
    Start = now_seconds(),
    F(),
    now_seconds() - Start.

repeat(0, _) -> ok;
repeat(N, F) -> F(), repeat(N - 1, F).

%% Spawn and join: the monitor's message is what says that a process ended.

spawn_and_join() ->
    {Pid, Ref} = spawn_monitor(fun() -> exit({result, 1}) end),
    receive {'DOWN', Ref, process, Pid, {result, 1}} -> ok end.

spawn_case(N) ->
    repeat(N div 10, fun spawn_and_join/0),
    report("seconds_each", seconds(fun() -> repeat(N, fun spawn_and_join/0) end) / N).

resident_bytes() ->
    {ok, File} = file:open("/proc/self/smaps_rollup", [read, raw]),
    {ok, Text} = file:read(File, 4096),
    {match, [KB]} = re:run(Text, "Rss: +(\\d+)", [{capture, all_but_first, list}]),
    file:close(File),
    list_to_integer(KB) * 1024.

live(N) ->
    Self = self(),
    Wait = fun() -> Self ! ready, receive go -> ok end end,
    Before = resident_bytes(),
    Start = now_seconds(),
    Pids = [spawn(Wait) || _ <- lists:seq(1, N)],
    repeat(N, fun() -> receive ready -> ok end end),
    report("seconds", now_seconds() - Start),
    report("bytes_each", (resident_bytes() - Before) / N),
    [Pid ! go || Pid <- Pids].

%% Round trip: `default` leaves the two processes to the schedulers, `bound`
%% keeps them on different ones.

spawn_side("bound", Scheduler, F) -> spawn_opt(F, [{scheduler, Scheduler}]);
spawn_side(_, _, F) -> spawn(F).

echo() ->
    receive {From, Value} -> From ! Value, echo() end.

round_trips(0, _) -> ok;
round_trips(N, Echo) ->
    Echo ! {self(), N},
    receive N -> round_trips(N - 1, Echo) end.

roundtrip(Form, N) ->
    Self = self(),
    Echo = spawn_side(Form, erlang:system_info(schedulers), fun echo/0),
    spawn_side(Form, 1, fun() ->
        round_trips(N div 10, Echo),
        Self ! {seconds, seconds(fun() -> round_trips(N, Echo) end)}
    end),
    receive {seconds, Seconds} -> report("seconds_each", Seconds / N) end.

%% One-way traffic: a mailbox belongs to one process, so with several consumers
%% each producer takes turns among them.

produce(_, N, N, _, _) -> ok;
produce(Kind, I, N, Consumers, Text) ->
    element(I rem tuple_size(Consumers) + 1, Consumers) ! message(Kind, I + 1, Text),
    produce(Kind, I + 1, N, Consumers, Text).

message(int, I, _) -> I;
message(batch, I, _) -> lists:seq((I - 1) * ?BATCH + 1, I * ?BATCH);
message(record, I, _) -> #{id => I, name => <<"abc">>, values => [1, 2, 3]};
% A large binary would go by reference; here it is copied, as elsewhere.
message(string, _, Text) -> binary:copy(Text).

value(int, I) -> I;
value(batch, List) -> lists:sum(List);
value(record, #{id := I}) -> I;
value(string, _) -> 1.

% The faster of the two ways to keep a mailbox, for each kind.
mailbox(int) -> off_heap;
mailbox(batch) -> off_heap;
mailbox(_) -> on_heap.

consume(_, 0, Sum) -> Sum;
consume(Kind, N, Sum) ->
    receive Message -> consume(Kind, N - 1, Sum + value(Kind, Message)) end.

consumer(Kind, N, Main) ->
    spawn_opt(fun() -> Main ! {sum, consume(Kind, N, 0)} end, [{message_queue_data, mailbox(Kind)}]).

producer(Kind, N, Consumers, Text) ->
    spawn(fun() -> receive go -> produce(Kind, 0, N, Consumers, Text) end end).

race(Kind, P, C, Messages, Bytes) ->
    0 = (Messages div P) rem C, % so that every consumer gets as many
    Main = self(),
    Text = binary:copy(<<"x">>, Bytes),
    Consumers = [consumer(Kind, Messages div C, Main) || _ <- lists:seq(1, C)],
    Producers = [producer(Kind, Messages div P, list_to_tuple(Consumers), Text) || _ <- lists:seq(1, P)],
    Start = now_seconds(),
    [Pid ! go || Pid <- Producers],
    Sums = [receive {sum, Sum} -> Sum end || _ <- Consumers],
    Seconds = now_seconds() - Start,
    {Seconds, lists:sum(Sums)}.

expected(string, _, N) -> N;
expected(_, P, N) -> P * ((N div P) * (N div P + 1) div 2).

queue(Name, [P, C, N, Bytes]) ->
    Kind = list_to_atom(Name),
    Messages = case Kind of batch -> N div ?BATCH; _ -> N end,
    race(Kind, P, C, Messages div 8, Bytes),
    {Seconds, Sum} = race(Kind, P, C, Messages, Bytes),
    Sum = expected(Kind, P, N),
    report("per_second", N / Seconds).

%% The loads of the speed-up rows.

fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).

grow(0) -> {nil, nil};
grow(Depth) -> {grow(Depth - 1), grow(Depth - 1)}.

count({nil, nil}) -> 1;
count({Left, Right}) -> 1 + count(Left) + count(Right).

%% The benchmarks game's binary-trees.
trees(Depth) ->
    Stretch = count(grow(Depth + 1)),
    Lasting = grow(Depth),
    Counts = [count(grow(D)) || D <- lists:seq(4, Depth, 2),
                                _ <- lists:seq(1, 1 bsl (Depth - D + 4))],
    Stretch + lists:sum(Counts) + count(Lasting).

load_of(fib, N) -> fib(N);
load_of(trees, N) -> trees(N).

timed(Workers, Load, N) ->
    seconds(fun() ->
        Started = [spawn_monitor(fun() -> load_of(Load, N) end) || _ <- lists:seq(1, Workers)],
        [receive {'DOWN', Ref, process, _, normal} -> ok end || {_, Ref} <- Started]
    end).

cpu(Load, N) ->
    timed(2, Load, N - 2),
    One = timed(1, Load, N),
    Two = timed(2, Load, N),
    report("speedup", 2 * One / Two),
    report("seconds", One).
