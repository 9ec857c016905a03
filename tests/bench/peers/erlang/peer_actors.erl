%% Processes as actors: messages to one, a token round a ring, questions to a gen_server; timers.
-module(peer_actors).
-behaviour(gen_server).
-export([actor/3, ring/2, ask/2, timers/1]).
-export([init/1, handle_call/3, handle_cast/2]).

-define(LEAD, 3). % seconds, for the start of all

-import(peer_erlang, [seconds/1, report/2]).

%% `task`: all on one scheduler.
options("task") -> [{scheduler, 1}];
options("thread") -> [].

%% Messages.

send_all(_, _, I, N) when I > N -> ok;
send_all(int, Actor, I, N) ->
    Actor ! I,
    send_all(int, Actor, I + 1, N);
send_all(record, Actor, I, N) ->
    Actor ! #{id => I, name => <<"abc">>, values => [1, 2, 3]},
    send_all(record, Actor, I + 1, N).

add_up(Sum) ->
    receive
        {stop, From} -> From ! {sum, Sum};
        #{id := I} -> add_up(Sum + I);
        I -> add_up(Sum + I)
    end.

timed_messages(Form, Kind, N) ->
    Main = self(),
    Expected = N * (N + 1) div 2,
    seconds(fun() ->
        Actor = spawn_opt(fun() -> add_up(0) end, options(Form)),
        spawn_opt(fun() -> send_all(Kind, Actor, 1, N), Actor ! {stop, Main} end, options(Form)),
        receive {sum, Expected} -> ok end
    end).

actor(Form, Kind, N) ->
    timed_messages(Form, Kind, N div 8),
    report("per_second", N / timed_messages(Form, Kind, N)).

%% A ring.

pass_on(Next, Main) ->
    receive
        0 -> Main ! finished, pass_on(Next, Main);
        {next, Other} -> pass_on(Other, Main);
        Left -> Next ! Left - 1, pass_on(Next, Main)
    end.

timed_ring(First, Hops) ->
    seconds(fun() -> First ! Hops, receive finished -> ok end end).

ring(Count, Hops) ->
    Main = self(),
    New = fun(Next) -> spawn_opt(fun() -> pass_on(Next, Main) end, options("task")) end,
    Last = New(none),
    First = lists:foldl(fun(_, Next) -> New(Next) end, Last, lists:seq(2, Count)),
    Last ! {next, First},
    timed_ring(First, Hops div 10),
    report("seconds_each", timed_ring(First, Hops) / Hops).

%% Questions.

init(none) -> {ok, none}.
handle_call(Value, _, State) -> {reply, Value + 1, State}.
handle_cast(_, State) -> {noreply, State}.

ask_all(_, I, N) when I > N -> ok;
ask_all(Actor, I, N) ->
    Answer = I + 1,
    Answer = gen_server:call(Actor, I),
    ask_all(Actor, Answer, N).

ask(Form, N) ->
    Main = self(),
    {ok, Actor} = gen_server:start(?MODULE, none, [{spawn_opt, options(Form)}]),
    spawn_opt(fun() ->
        ask_all(Actor, 1, N div 10),
        Main ! {seconds, seconds(fun() -> ask_all(Actor, 1, N) end)}
    end, options(Form)),
    receive {seconds, Seconds} -> report("seconds_each", Seconds / N) end.

%% Timers. The time of a `receive` is in whole milliseconds: one that would come too soon is
%% rounded up. On all schedulers: so many on one take it half a minute.

nap(Due, Main) ->
    Left = Due - erlang:monotonic_time(nanosecond),
    receive after max(0, (Left + 999999) div 1000000) -> ok end,
    Main ! {late, erlang:monotonic_time(nanosecond) - Due}.

timers(N) ->
    Main = self(),
    {Before, _} = statistics(runtime),
    Begin = erlang:monotonic_time(nanosecond) + ?LEAD * 1000000000,
    [spawn(fun() -> nap(Begin + rand:uniform(1000000000), Main) end) || _ <- lists:seq(1, N)],
    Late = list_to_tuple(lists:sort([receive {late, Time} -> Time end || _ <- lists:seq(1, N)])),
    {After, _} = statistics(runtime),
    report("seconds_busy", (After - Before) * 1.0e-3),
    report("seconds_median", element(N div 2, Late) * 1.0e-9),
    report("seconds_far", element(N * 99 div 100, Late) * 1.0e-9).
