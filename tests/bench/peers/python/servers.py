"""A server that answers each request with the same 13 bytes, on streams or as a Protocol."""

import asyncio
import os

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nHello, world!"


async def serve(reader, writer):
    try:
        while (await reader.read(4096)).endswith(b"\r\n\r\n"):
            writer.write(ANSWER)
            await writer.drain()
    except ConnectionResetError:  # the load is over
        pass
    writer.close()


class Server(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        if data.endswith(b"\r\n\r\n"):
            self.transport.write(ANSWER)
        else:
            self.transport.close()


def http(form, load):
    async def main():
        if form == "streams":
            server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
        else:
            server = await asyncio.get_running_loop().create_server(
                Server, "127.0.0.1", 0, backlog=1024)
        port = server.sockets[0].getsockname()[1]
        loader = await asyncio.create_subprocess_exec("sh", load, str(port), str(os.getpid()))
        assert await loader.wait() == 0
        server.close()

    asyncio.run(main())
