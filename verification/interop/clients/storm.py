#!/usr/bin/env python3
"""Many clients that want one blob: usage: storm.py URL SHA256 SIZE CLIENTS SECONDS

Starts CLIENTS one after the other, spread evenly over SECONDS, each on a connection of its own. Prints a JSON object:
  first     seconds from connecting to the first byte of the body, of the client that came first
  slowest   the same of the slowest of the others
  right     how many got the whole body with the right hash
  seconds   from the first start to the last end
  problems  what went wrong, a line each
"""

import hashlib
import json
import socket
import sys
import threading
import time
from urllib.parse import urlsplit

BUFFER = 256 * 1024
SILENCE_SECONDS = 120


class Client(threading.Thread):
    def __init__(self, url, digest, size, start_at):
        super().__init__()
        self.url, self.digest, self.size, self.start_at = url, digest, size, start_at
        self.first_byte = None
        self.problem = None

    def run(self):
        time.sleep(max(0.0, self.start_at - time.monotonic()))
        try:
            self.fetch()
        except OSError as failure:
            self.problem = f"{failure!r}"

    def fetch(self):
        started = time.monotonic()
        with socket.create_connection((self.url.hostname, self.url.port), SILENCE_SECONDS) as connection:
            connection.sendall(
                f"GET {self.url.path} HTTP/1.1\r\nHost: {self.url.netloc}\r\nConnection: close\r\n\r\n".encode()
            )
            head, body = self.read_head(connection)
            status = head.split(b"\r\n", 1)[0].decode(errors="replace")
            if " 200 " not in status + " ":
                self.problem = status
                return
            buffer, digest, count = bytearray(BUFFER), hashlib.sha256(body), len(body)
            view = memoryview(buffer)
            if body:
                self.first_byte = time.monotonic() - started
            while count < self.size and (received := connection.recv_into(buffer)):
                if self.first_byte is None:
                    self.first_byte = time.monotonic() - started
                digest.update(view[:received])
                count += received
        if count != self.size:
            self.problem = f"{count} of {self.size} bytes"
        elif digest.hexdigest() != self.digest:
            self.problem = "the hash is another"

    @staticmethod
    def read_head(connection):
        received = b""
        while b"\r\n\r\n" not in received:
            piece = connection.recv(BUFFER)
            if not piece:
                raise ConnectionError("closed before the headers had come")
            received += piece
        head, _, body = received.partition(b"\r\n\r\n")
        return head, body


def main(url, digest, size, count, seconds):
    begin = time.monotonic() + 0.2
    step = float(seconds) / int(count)
    clients = [Client(urlsplit(url), digest, int(size), begin + number * step) for number in range(int(count))]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    slowest = max((client.first_byte or float("inf")) for client in clients[1:])
    result = {
        "first": round(clients[0].first_byte or -1, 3),
        "slowest": round(slowest, 3) if slowest != float("inf") else -1,
        "right": sum(client.problem is None for client in clients),
        "seconds": round(time.monotonic() - begin, 1),
        "problems": [f"client {number}: {client.problem}" for number, client in enumerate(clients) if client.problem],
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
