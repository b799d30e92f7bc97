#!/usr/bin/env python3
"""A slow link to a registry: usage: slow_link.py LISTEN-PORT REGISTRY-HOST:PORT BYTES-PER-SECOND LOG

Relays GET and HEAD to the registry. All answers together come at the given rate, in fair turns. For every request a line
goes to LOG when it has ended, well or not: METHOD PATH STATUS BODY-BYTES-SENT. SIGUSR1 writes the same of those that have
not ended to LOG.open.
"""

import http.client
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PIECE = 16 * 1024
OVERSLEPT = 0.05  # seconds that may be made up for, or the link would be slower the busier the machine is
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding"}


class Rate:
    """Hands out time on the link: whoever wants to send waits for the turn of its bytes."""

    def __init__(self, bytes_per_second):
        self.seconds_per_byte = 1 / bytes_per_second
        self.lock = threading.Lock()
        self.free_at = 0.0

    def wait(self, count):
        with self.lock:
            self.free_at = max(self.free_at, time.monotonic() - OVERSLEPT) + count * self.seconds_per_byte
            turn = self.free_at
        time.sleep(max(0.0, turn - time.monotonic()))


class Relay(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    registry, rate, log = "", Rate(1), sys.stdout
    log_lock = threading.Lock()
    unfinished = {}

    def do_GET(self):
        status, sent = 0, 0
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
            while piece := answer.read(PIECE):
                self.rate.wait(len(piece))
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


def main(port, registry, rate, log):
    Relay.registry, Relay.rate, Relay.log = registry, Rate(float(rate)), open(log, "a")
    signal.signal(signal.SIGUSR1, lambda *_: write_unfinished(log + ".open"))
    Link(("127.0.0.1", int(port)), Relay).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
