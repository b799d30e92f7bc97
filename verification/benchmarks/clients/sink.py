#!/usr/bin/env python3
"""Clients that take a blob and throw it away: usage: sink.py URL CLIENTS SECONDS

With SECONDS 0 each client takes the blob once, whole. Otherwise each takes it again and again on its one connection until
the time is over, and what has come by then counts. Prints a JSON object:
  bytes, seconds   of bodies and headers together, from the first request to the last byte
  whole            how many whole bodies came
  cipher           of TLS

Over plain HTTP the kernel throws the bytes away without copying them (MSG_TRUNC), over TLS they are decrypted: so a client
costs little beside the server. One process a core.
"""

import json
import os
import selectors
import socket
import ssl
import sys
import time
from urllib.parse import urlsplit

PIECE = 1024 * 1024
SILENCE_SECONDS = 120


class Client:
    """One connection. Reads the headers of each answer, then throws away as many bytes as they announce."""

    def __init__(self, url, scratch):
        self.scratch = scratch
        self.request = f"GET {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\n\r\n".encode()
        self.socket = socket.create_connection((url.hostname, url.port), SILENCE_SECONDS)
        self.cipher = None
        if url.scheme == "https":
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket)
            self.cipher = "{1} {0}".format(*self.socket.cipher())
        self.received = self.whole = self.left = 0
        self.head = b""

    def ask(self):
        self.head, self.left = b"", 0
        self.socket.setblocking(True)
        self.socket.sendall(self.request)
        self.socket.setblocking(False)

    def ready(self):
        """Takes what is there. True when the body has come whole."""
        try:
            if self.left:
                if self.cipher:
                    # What TLS has decrypted is not seen by a selector: take all of it.
                    count = self.socket.recv_into(self.scratch, min(self.left, PIECE))
                    while self.socket.pending() and count < self.left:
                        count += self.socket.recv_into(self.scratch, min(self.left - count, PIECE))
                else:
                    count = self.socket.recv_into(self.scratch, min(self.left, PIECE), socket.MSG_TRUNC)
                if count == 0:
                    raise ConnectionError("the body ended early")
                self.left -= count
                self.received += count
            else:
                self.take_head()
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        if self.head.endswith(b"\r\n\r\n") and self.left == 0:
            self.whole += 1
            return True
        return False

    def take_head(self):
        # A byte at a time is slow, but a head is short, and nothing of the body is taken with it.
        while not self.head.endswith(b"\r\n\r\n"):
            byte = self.socket.recv(1)
            if not byte:
                raise ConnectionError("closed before the headers had come")
            self.head += byte
        lines = self.head.decode("latin-1").split("\r\n")
        if " 200 " not in lines[0] + " ":
            raise ConnectionError(lines[0])
        lengths = [line.split(":")[1] for line in lines if line.lower().startswith("content-length:")]
        self.left = int(lengths[0])
        self.received += len(self.head)


def run(url, count, seconds):
    scratch = bytearray(PIECE)
    clients = [Client(url, scratch) for _ in range(count)]
    selector = selectors.DefaultSelector()
    started = time.monotonic()
    for client in clients:
        client.ask()
        selector.register(client.socket, selectors.EVENT_READ, client)
    busy = len(clients)
    while busy and not (seconds and time.monotonic() >= started + seconds):
        ready = selector.select(seconds or SILENCE_SECONDS)
        if not ready:
            raise TimeoutError("nothing came")
        for key, _ in ready:
            if key.data.ready():
                if seconds:
                    key.data.ask()
                else:
                    selector.unregister(key.fileobj)
                    busy -= 1
    return {
        "bytes": sum(client.received for client in clients),
        "seconds": time.monotonic() - started,
        "whole": sum(client.whole for client in clients),
        "cipher": clients[0].cipher,
    }


def main(url, clients, seconds):
    url, clients, seconds = urlsplit(url), int(clients), float(seconds)
    processes = min(clients, os.cpu_count())
    pipes = []
    for number in range(processes):
        reading, writing = os.pipe()
        if os.fork() == 0:
            try:
                result = run(url, clients // processes + (number < clients % processes), seconds)
            except OSError as failure:
                result = {"failure": repr(failure)}
            os.write(writing, json.dumps(result).encode())
            os._exit(0)
        os.close(writing)
        pipes.append(reading)
    results = []
    for pipe in pipes:
        with os.fdopen(pipe) as reading:
            results.append(json.loads(reading.read() or '{"failure": "a client process ended"}'))
    failures = [result["failure"] for result in results if "failure" in result]
    if failures:
        sys.exit(f"sink: {failures[0]}")
    print(
        json.dumps(
            {
                "bytes": sum(result["bytes"] for result in results),
                "seconds": max(result["seconds"] for result in results),
                "whole": sum(result["whole"] for result in results),
                "cipher": results[0]["cipher"],
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
