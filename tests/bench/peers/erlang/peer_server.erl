%% A server that answers each request with the same 13 bytes: a process for each connection, all on
%% one scheduler.
-module(peer_server).
-export([http/1]).

answer() -> <<"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nHello, world!">>.

serve(Socket, Answer) ->
    case gen_tcp:recv(Socket, 0) of
        {ok, Request} ->
            <<"\r\n\r\n">> = binary:part(Request, byte_size(Request), -4),
            ok = gen_tcp:send(Socket, Answer),
            serve(Socket, Answer);
        {error, _} -> gen_tcp:close(Socket)
    end.

accept(Listener, Answer) ->
    {ok, Socket} = gen_tcp:accept(Listener),
    Pid = spawn(fun() -> receive go -> serve(Socket, Answer) end end),
    ok = gen_tcp:controlling_process(Socket, Pid),
    Pid ! go,
    accept(Listener, Answer).

http(Load) ->
    erlang:system_flag(schedulers_online, 1),
    {ok, Listener} = gen_tcp:listen(0, [binary, {ip, {127, 0, 0, 1}}, {active, false},
                                        {backlog, 1024}, {nodelay, true}]),
    {ok, Port} = inet:port(Listener),
    spawn(fun() -> accept(Listener, answer()) end),
    Loader = open_port({spawn_executable, "/bin/sh"},
                       [{args, [Load, integer_to_list(Port), os:getpid()]}, exit_status, binary]),
    show(Loader).

show(Loader) ->
    receive
        {Loader, {data, Text}} -> io:put_chars(Text), show(Loader);
        {Loader, {exit_status, Status}} -> 0 = Status
    end.
