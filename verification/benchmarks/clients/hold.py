#!/usr/bin/env python3
"""Clients that wait for an answer that does not come: usage: hold.py URL-PREFIX COUNT

Each asks for a blob of its own. Prints a line when all have asked, and holds the connections until it is ended. It fails
when anything but silence comes.
"""

import hashlib
import selectors
import socket
import sys
from urllib.parse import urlsplit


def main(prefix, count):
    url = urlsplit(prefix)
    selector = selectors.DefaultSelector()
    for number in range(int(count)):
        digest = hashlib.sha256(b"never there %d" % number).hexdigest()
        connection = socket.create_connection((url.hostname, url.port), 30)
        connection.sendall(f"GET {url.path}sha256:{digest} HTTP/1.1\r\nHost: {url.netloc}\r\n\r\n".encode())
        selector.register(connection, selectors.EVENT_READ)
    print("waiting", flush=True)
    for key, _ in selector.select():
        sys.exit(f"hold: expected silence, got {key.fileobj.recv(200)!r}")


if __name__ == "__main__":
    main(*sys.argv[1:])
