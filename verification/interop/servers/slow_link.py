#!/usr/bin/env python3
"""A slow link to a registry: usage: slow_link.py LISTEN-PORT REGISTRY-HOST:PORT BYTES-PER-SECOND LOG [OPTION...]

Relays GET and HEAD to the registry. All answers together come at the given rate, in fair turns. For every request a line
goes to LOG when it has ended, well or not: METHOD PATH STATUS BODY-BYTES-SENT. SIGUSR1 writes the same of those that have
not ended to LOG.open.

  --each BYTES-PER-SECOND  what one connection gets at most
  --latency SECONDS        from a request to the first byte of its answer
  --cut NUMBER             ends the connection in the middle of each answer of this number to a GET of a blob
"""

import argparse
import http.client
import itertools
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PIECE = 16 * 1024
LARGE_PIECE = 64 * 1024  # for a fast link, of which a piece is a short time
FAST = 50_000_000  # bytes a second
OVERSLEPT = 0.05  # seconds that may be made up for, or the link would be slower the busier the machine is
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding"}


class Rate:
    """Hands out time on the link: a sender waits for the turn of its bytes."""

    def __init__(self, bytes_per_second):
        self.seconds_per_byte = 1 / bytes_per_second
        self.lock = threading.Lock()
        self.free_at = 0.0

    def begin(self):
        """The time before an answer is not made up for."""
        with self.lock:
            self.free_at = max(self.free_at, time.monotonic())

    def wait(self, count):
        with self.lock:
            self.free_at = max(self.free_at, time.monotonic() - OVERSLEPT) + count * self.seconds_per_byte
            turn = self.free_at
        time.sleep(max(0.0, turn - time.monotonic()))


class Relay(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    registry, rate, log, piece = "", Rate(1), sys.stdout, PIECE
    each, latency, cut = float("inf"), 0.0, 0
    log_lock = threading.Lock()
    unfinished = {}
    blobs = itertools.count(1)

    def setup(self):
        super().setup()
        self.own_rate = Rate(self.each)

    def do_GET(self):
        status, sent = 0, 0
        if self.latency:
            time.sleep(self.latency)
        connection = http.client.HTTPConnection(self.registry, timeout=60)
        try:
            headers = {}
            for name, value in self.headers.items():
                if name.lower() not in HOP_BY_HOP:
                    # Distribution sends a line for each type that it accepts.
                    headers[name] = f"{headers[name]}, {value}" if name in headers else value
            connection.request(self.command, self.path, headers=headers)
            answer = connection.getresponse()
            status = answer.status
            self.send_response_only(status)
            for name, value in answer.getheaders():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.end_headers()
            self.own_rate.begin()
            until = self.where_to_cut(answer.length)
            while piece := answer.read(self.piece):
                self.rate.wait(len(piece))
                self.own_rate.wait(len(piece))
                if sent + len(piece) > until:
                    raise ConnectionAbortedError
                self.wfile.write(piece)
                sent += len(piece)
                self.unfinished[self] = (self.command, self.path, status, sent)
        except OSError:
            self.close_connection = True  # the one who asked has gone
        finally:
            connection.close()
            with self.log_lock:
                self.unfinished.pop(self, None)
                print(self.command, self.path, status, sent, file=self.log, flush=True)

    do_HEAD = do_GET

    def where_to_cut(self, length):
        """Before which byte this answer ends."""
        if not self.cut or self.command != "GET" or "/blobs/" not in self.path or not length:
            return float("inf")
        return float("inf") if next(self.blobs) % self.cut else length // 2

    def log_message(self, *arguments):
        pass


def write_unfinished(path):
    with open(path + ".new", "w") as file:
        for request in list(Relay.unfinished.values()):
            print(*request, file=file)
    os.rename(path + ".new", path)


class Link(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main():
    options = argparse.ArgumentParser()
    for name, kind in (("port", int), ("registry", str), ("rate", float), ("log", str)):
        options.add_argument(name, type=kind)
    options.add_argument("--each", type=float, default=float("inf"))
    options.add_argument("--latency", type=float, default=0.0)
    options.add_argument("--cut", type=int, default=0)
    given = options.parse_args()
    Relay.registry, Relay.rate, Relay.log = given.registry, Rate(given.rate), open(given.log, "a")
    Relay.each, Relay.latency, Relay.cut = given.each, given.latency, given.cut
    Relay.piece = LARGE_PIECE if given.rate >= FAST else PIECE
    signal.signal(signal.SIGUSR1, lambda *_: write_unfinished(given.log + ".open"))
    Link(("127.0.0.1", given.port), Relay).serve_forever()


if __name__ == "__main__":
    main()
