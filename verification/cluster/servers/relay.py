#!/usr/bin/env python3
"""A network between servers that can fail: usage: relay.py LISTEN=TARGET... [BYTES-PER-SECOND]

Relays TCP connections from each LISTEN (HOST:PORT) to its TARGET, each direction of each connection at the given rate. To
lose packets, stop this process (SIGSTOP): the kernel goes on to take connections, and nothing answers. To refuse
connections, end it.
"""

import socket
import sys
import threading
import time

PIECE = 64 * 1024


def address(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


def pump(source, sink, rate):
    try:
        while piece := source.recv(min(PIECE, rate) if rate else PIECE):
            sink.sendall(piece)
            if rate:
                time.sleep(len(piece) / rate)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it has been closed already


def relay(client, target, rate):
    with client:
        try:
            server = socket.create_connection(target)
        except OSError:
            return
        with server:
            back = threading.Thread(target=pump, args=(server, client, rate), daemon=True)
            back.start()
            pump(client, server, rate)
            back.join()


def listen(listener, target, rate):
    while True:
        client, _ = listener.accept()
        threading.Thread(target=relay, args=(client, target, rate), daemon=True).start()


def main(*arguments):
    links = [argument.split("=") for argument in arguments if "=" in argument]
    rate = next((int(argument) for argument in arguments if "=" not in argument), 0)
    listeners = [(socket.create_server(address(at), backlog=1024), address(target)) for at, target in links]
    for listener, target in listeners:
        threading.Thread(target=listen, args=(listener, target, rate), daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
