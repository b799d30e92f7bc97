#!/usr/bin/env python3
"""A server that takes every connection and never says a word: usage: silent.py PORT"""

import selectors
import socket
import sys


def main(port):
    listener = socket.create_server(("127.0.0.1", int(port)), backlog=4096)
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is listener:
                connection, _ = listener.accept()
                selector.register(connection, selectors.EVENT_READ)
            elif not key.fileobj.recv(65536):
                selector.unregister(key.fileobj)
                key.fileobj.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
