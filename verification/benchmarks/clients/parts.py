#!/usr/bin/env python3
"""Clients that read one blob in parts, as containerd does: usage: parts.py URL COUNT BYTES

Each asks with an open-ended range from the first byte of its part on, and closes its connection when it has its part; all
begin at once. Fails unless the parts together have the digest at the end of the URL. Prints a JSON object:
  first_byte   seconds from a request to its first byte, of the one that waited longest
  seconds      until all had all of theirs
"""

import encodings.idna  # noqa: F401 (the first connection loads it otherwise, and all wait for that)
import hashlib
import http.client
import json
import sys
import threading
import time
from urllib.parse import urlsplit

SILENCE_SECONDS = 120
PIECE = 256 * 1024


class Part(threading.Thread):
    def __init__(self, url, start, body):
        super().__init__(daemon=True)
        self.url, self.start_at, self.body = url, start, body
        self.asked = self.first = self.last = None
        self.failure = "it did not end"

    def run(self):
        self.asked = time.monotonic()
        try:
            connection = http.client.HTTPConnection(self.url.netloc, timeout=SILENCE_SECONDS)
            connection.request("GET", self.url.path, headers={"Range": f"bytes={self.start_at}-", "Accept-Encoding": "identity"})
            answer = connection.getresponse()
            if answer.status != 206:
                raise OSError(f"{answer.status} for a range")
            received = 0
            while received < len(self.body):
                # The first byte alone: a reader of more waits until it has all of them.
                count = answer.readinto(self.body[received : received + (PIECE if received else 1)])
                if count == 0:
                    raise OSError(f"the answer ended after {received} bytes")
                self.first = self.first or time.monotonic()
                received += count
            self.last = time.monotonic()
            answer.close()
            connection.close()
            self.failure = None
        except OSError as failure:
            self.failure = repr(failure)


def main(address, count, size):
    url, count, size = urlsplit(address), int(count), int(size)
    body = bytearray(size)
    view, bounds = memoryview(body), [size * number // count for number in range(count + 1)]
    parts = [Part(url, start, view[start:end]) for start, end in zip(bounds, bounds[1:])]
    started = time.monotonic()
    for part in parts:
        part.start()
    for part in parts:
        part.join()
    failures = [part.failure for part in parts if part.failure]
    if failures:
        sys.exit(f"parts: {failures[0]}")
    if "sha256:" + hashlib.sha256(body).hexdigest() != url.path.rsplit("/", 1)[1]:
        sys.exit("parts: wrong bytes")
    print(json.dumps({"first_byte": max(p.first - p.asked for p in parts), "seconds": max(p.last for p in parts) - started}))


if __name__ == "__main__":
    main(*sys.argv[1:])
