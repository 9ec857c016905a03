%% Erlang's pools: a process for each task, or workers that take chunks or
%% single calls by message. A result comes with its number, in any order.
-module(peer_pools).
-export([map/5, submit/4, turns/3, skewed/3, scaling/2, pending/2]).

-import(peer_erlang, [seconds/1, report/2, resident_bytes/0, repeat/2]).

square(X) -> X * X.

%% Work that every language does alike: `Count` steps of integers.
spin(Count) -> spin(1, Count, 0).

spin(I, Count, S) when I > Count -> S;
spin(I, Count, S) -> spin(I + 1, Count, (S * 31 + I) rem 65521).

task(square) -> fun square/1;
% A large binary would go by reference; here it is copied there and back.
task(echo) -> fun(Text) -> binary:copy(binary:copy(Text)) end;
task(spin) -> fun spin/1.

inputs(echo, N, Bytes) ->
    Text = binary:copy(<<"x">>, Bytes - 8),
    [<<Text/binary, I:64>> || I <- lists:seq(1, N)];
inputs(square, N, _) -> lists:seq(1, N).

%% Maps.

in_order(Numbered) -> [Value || {_, Value} <- lists:keysort(1, Numbered)].

answers(N) -> [receive {answer, I, Value} -> {I, Value} end || _ <- lists:seq(1, N)].

map_processes(F, Values) ->
    Self = self(),
    N = lists:foldl(fun(Value, I) ->
        spawn(fun() -> Self ! {answer, I, F(Value)} end),
        I + 1
    end, 0, Values),
    in_order(answers(N)).

worker(F) ->
    receive
        {ask, From, I, List} ->
            From ! {done, self(), I, [F(Value) || Value <- List]},
            worker(F);
        stop -> ok
    end.

take(0, Rest, Taken) -> {lists:reverse(Taken), Rest};
take(_, [], Taken) -> {lists:reverse(Taken), []};
take(N, [Value | Rest], Taken) -> take(N - 1, Rest, [Value | Taken]).

give(_, I, [], _) -> {I, []};
give(Worker, I, Values, Chunk) ->
    {List, Rest} = take(Chunk, Values, []),
    Worker ! {ask, self(), I, List},
    {I + 1, Rest}.

%% A worker gets its next chunk when it has done one; a second one waits with
%% it already, so that it is never idle.
map_chunks(Workers, Values, Chunk) ->
    {Next, Rest} = lists:foldl(fun(Worker, {I, Left}) -> give(Worker, I, Left, Chunk) end,
                               {0, Values}, Workers ++ Workers),
    lists:append(in_order(chunks(Next, Rest, Next, Chunk, []))).

chunks(_, [], 0, _, Done) -> Done;
chunks(Next, Values, Asked, Chunk, Done) ->
    receive {done, Worker, I, List} ->
        {After, Rest} = give(Worker, Next, Values, Chunk),
        chunks(After, Rest, Asked - 1 + After - Next, Chunk, [{I, List} | Done])
    end.

start(Count, F) -> [spawn(fun() -> worker(F) end) || _ <- lists:seq(1, Count)].

stop(Workers) -> [Worker ! stop || Worker <- Workers].

%% In a process of its own, as the heap that an earlier round has left would
%% be collected in this one's time.
timed_map(Form, Workers, F, Values, Expected, Chunk) ->
    {_, Ref} = spawn_monitor(fun() ->
        Start = erlang:monotonic_time(nanosecond),
        Results = case Form of
            "process" -> map_processes(F, Values);
            "workers" -> map_chunks(Workers, Values, Chunk)
        end,
        Seconds = (erlang:monotonic_time(nanosecond) - Start) * 1.0e-9,
        Results = Expected,
        exit({seconds, Seconds})
    end),
    receive {'DOWN', Ref, process, _, End} -> {seconds, Seconds} = End, Seconds end.

sizes(N, Count) -> lists:usort([max(1, N div Count div Share) || Share <- [1, 4, 16, 64]]).

best_chunk("process", _, _) -> 1;
best_chunk("workers", Sizes, Timed) ->
    {_, Chunk} = lists:min([{Timed(Size), Size} || Size <- Sizes]),
    Chunk.

%% Values per second. Chunks are of the size that is fastest among some.
map(Form, Task, Count, [N, Rounds], Bytes) ->
    F = task(Task),
    Values = inputs(Task, N, Bytes),
    Expected = [F(Value) || Value <- Values],
    Workers = start(Count, F),
    Timed = fun(Chunk) -> timed_map(Form, Workers, F, Values, Expected, Chunk) end,
    Timed(max(1, N div 8)),
    Chunk = best_chunk(Form, sizes(N, Count), Timed),
    Seconds = lists:sum([Timed(Chunk) || _ <- lists:seq(1, Rounds)]),
    stop(Workers),
    report("per_second", N * Rounds / Seconds).

%% Calls: each asks for one value, the answer bears its number.

caller() ->
    receive
        {call, From, I, F, Value} -> From ! {answer, I, F(Value)}, caller();
        {hold, Gate} -> Gate ! held, receive go -> caller() end;
        stop -> ok
    end.

start_callers(Count) -> list_to_tuple([spawn(fun caller/0) || _ <- lists:seq(1, Count)]).

call("process", _, I, F, Value) ->
    Self = self(),
    spawn(fun() -> Self ! {answer, I, F(Value)} end);
call("workers", Callers, I, F, Value) ->
    element(I rem tuple_size(Callers) + 1, Callers) ! {call, self(), I, F, Value}.

timed_submits(Form, Callers, N) ->
    Inputs = lists:seq(1, N),
    Expected = [I * I || I <- Inputs],
    Start = erlang:monotonic_time(nanosecond),
    [call(Form, Callers, I, fun square/1, I) || I <- Inputs],
    Results = in_order(answers(N)),
    Seconds = (erlang:monotonic_time(nanosecond) - Start) * 1.0e-9,
    Results = Expected,
    Seconds.

submit(Form, Count, N, Rounds) ->
    Callers = start_callers(Count),
    timed_submits(Form, Callers, N),
    Seconds = lists:sum([timed_submits(Form, Callers, N) || _ <- lists:seq(1, Rounds)]),
    report("per_second", N * Rounds / Seconds).

turn(Form, Callers, I) ->
    call(Form, Callers, I, fun square/1, I),
    Square = I * I,
    receive {answer, I, Square} -> ok end.

timed_turns(Form, Callers, N) ->
    seconds(fun() -> [turn(Form, Callers, I) || I <- lists:seq(1, N)] end).

turns(Form, Count, N) ->
    Callers = start_callers(Count),
    timed_turns(Form, Callers, N div 8),
    report("per_second", N / timed_turns(Form, Callers, N)).

%% Loads.

timed_alone(Counts) ->
    Start = erlang:monotonic_time(nanosecond),
    Results = [spin(Count) || Count <- Counts],
    {(erlang:monotonic_time(nanosecond) - Start) * 1.0e-9, Results}.

%% The time over the ideal one. The first task is as long as all that one
%% worker does in the ideal case.
skewed(Form, Count, Work) ->
    Counts = [1000 * Work | lists:duplicate(1000 * (Count - 1), Work)],
    Workers = start(Count, fun spin/1),
    {Alone, Results} = timed_alone(Counts),
    Seconds = timed_map(Form, Workers, fun spin/1, Counts, Results, 1),
    stop(Workers),
    report("over_ideal", Seconds / (Alone / Count)).

%% To a plain loop.
speedup(Count, Work, N) ->
    Counts = lists:duplicate(N, Work),
    Workers = start(Count, fun spin/1),
    {Alone, Results} = timed_alone(Counts),
    Chunk = max(1, N div Count div 4),
    Seconds = timed_map("workers", Workers, fun spin/1, Counts, Results, Chunk),
    stop(Workers),
    Alone / Seconds.

scaling(Work, N) ->
    [report("speedup_" ++ Key, speedup(Count, Work, N))
     || {Key, Count} <- [{"one", 1}, {"two", 2}, {"four", 4}, {"eight", 8}]].

%% What each task adds that waits: as a process at a gate, or as a message to
%% a worker that is held.

collected() ->
    [erlang:garbage_collect(Pid) || Pid <- processes()],
    resident_bytes().

ask_all("process", _, N) ->
    Self = self(),
    Wait = fun(I) -> fun() -> receive go -> Self ! {answer, I, square(I)} end end end,
    [spawn(Wait(I)) || I <- lists:seq(1, N)];
ask_all("workers", Callers, N) ->
    [call("workers", Callers, I, fun square/1, I) || I <- lists:seq(1, N)],
    tuple_to_list(Callers).

pending(Form, N) ->
    Callers = start_callers(2),
    [Caller ! {hold, self()} || Caller <- tuple_to_list(Callers)],
    repeat(2, fun() -> receive held -> ok end end),
    Before = collected(),
    Waiting = ask_all(Form, Callers, N),
    report("bytes_each", (resident_bytes() - Before) / N),
    [Pid ! go || Pid <- Waiting],
    Expected = [I * I || I <- lists:seq(1, N)],
    Expected = in_order(answers(N)).
