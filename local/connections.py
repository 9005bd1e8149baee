"""The server lets go of a client that is gone.

hypercorn 0.18 closes its end of a connection only when the connection has been idle for as long as idle ones are kept, also if the
client closed the other end long before. Clients that make a connection for each request then hold hundreds of them in the home.
"""

from collections.abc import Awaitable, Callable

from hypercorn.asyncio.tcp_server import TCPServer

from local import seams


def plug_in() -> None:
    """End a connection when its client ends it."""
    seams.replace(TCPServer, "_read_data", expected="(self) -> 'None'", by=_ending(TCPServer._read_data))


def _ending(read: Callable[[TCPServer], Awaitable[None]]) -> Callable[[TCPServer], Awaitable[None]]:
    async def read_and_end(server: TCPServer) -> None:
        await read(server)
        await server.idle_task.stop()

    return read_and_end
