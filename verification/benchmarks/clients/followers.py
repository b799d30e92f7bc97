#!/usr/bin/env python3
"""Many slow clients of one blob: usage: followers.py URL COUNT SECONDS

Opens COUNT connections, asks on each for the blob, and for SECONDS after that each takes 4 KiB a second, less than comes.
Prints a JSON object: how many got an answer of 200 and bytes of the body, and how many connections were closed on them.
"""

import json
import socket
import sys
import time
from urllib.parse import urlsplit

PIECE = 4096
RECEIVE_BUFFER = 16 * 1024


def follower(url, request):
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    connection.settimeout(60)
    connection.connect((url.hostname, url.port))
    connection.sendall(request)
    connection.setblocking(False)
    return connection


def main(address, count, seconds):
    url = urlsplit(address)
    request = f"GET {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\nConnection: close\r\n\r\n".encode()
    connections = [follower(url, request) for _ in range(int(count))]
    answered, received, closed = set(), {}, set()
    until = time.monotonic() + float(seconds)
    while time.monotonic() < until:
        turn = time.monotonic()
        for number, connection in enumerate(connections):
            if number in closed:
                continue
            try:
                piece = connection.recv(PIECE)
            except BlockingIOError:
                continue
            except ConnectionError:
                piece = b""
            if not piece:
                closed.add(number)
            elif number not in received:
                received[number] = len(piece)
                if piece.startswith(b"HTTP/1.1 200 "):
                    answered.add(number)
            else:
                received[number] += len(piece)
        time.sleep(max(0.0, turn + 1 - time.monotonic()))
    following = sum(received[number] > PIECE for number in answered)
    print(json.dumps({"followed": following, "closed": len(closed)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
