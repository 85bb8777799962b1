"""A mail server that takes everything and does nothing with it: ``python -m bench.sink``.

It prints its port, and then answers each line on stdin with how many mails it has taken, when the first and the last
came, and the bytes that came last. A thread for each connection reads with as few calls as there can be: aiosmtpd, at
some 500 mails a second, would be what is measured.
"""

import socket
import sys
import threading
import time

import orjson

END = b"\r\n.\r\n"
HOST = "127.0.0.1"


class Sink:
    """What was taken since it was last asked to begin anew."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.listening = socket.create_server((HOST, 0), backlog=64)
        self.begin()

    def begin(self) -> None:
        """Forgets what was taken."""
        self.count, self.first, self.last, self.newest = 0, 0.0, 0.0, b""

    def accept(self) -> None:
        """Takes connections for ever."""
        while True:
            connection, _ = self.listening.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection: socket.socket) -> None:
        """One session; the client pipelines nothing, so a command is what has come up to a line's end."""
        connection.sendall(b"220 sink\r\n")
        while command := _read(connection, b"\r\n"):
            match command[:4].upper():
                case b"EHLO":
                    connection.sendall(b"250-sink\r\n250 8BITMIME\r\n")
                case b"DATA":
                    connection.sendall(b"354 go on\r\n")
                    self.take(_read(connection, END))
                    connection.sendall(b"250 Taken\r\n")
                case b"QUIT":
                    connection.sendall(b"221 Bye\r\n")
                    break
                case _:
                    connection.sendall(b"250 OK\r\n")
        connection.close()

    def take(self, mail: bytes) -> None:
        """Counts a mail."""
        with self.lock:
            self.last = time.monotonic()
            self.first = self.first or self.last
            self.count += 1
            self.newest = mail


def _read(connection: socket.socket, end: bytes) -> bytes:
    """What comes up to ``end``; empty where the line was dropped."""
    read = b""
    while not read.endswith(end):
        more = connection.recv(65536)
        if not more:
            return b""
        read += more
    return read


def main() -> None:
    """Serves until stdin ends."""
    sink = Sink()
    threading.Thread(target=sink.accept, daemon=True).start()
    print(sink.listening.getsockname()[1], flush=True)
    for line in sys.stdin:
        if line.strip() == "begin":
            sink.begin()
        said = {"count": sink.count, "first": sink.first, "last": sink.last, "newest": sink.newest.decode()}
        print(orjson.dumps(said).decode(), flush=True)


if __name__ == "__main__":
    main()
