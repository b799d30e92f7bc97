"""Asks for /v2/ each 100 ms, in a process of its own, until its input ends. Prints the slowest answer in ms."""
import sys
import threading
import time

import server

EVERY = 0.1


def main(port, tls):
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    slowest, count, failure = 0.0, 0, ""
    while not ended.is_set():
        start = time.monotonic()
        try:
            server.ask(port, tls, "/v2/")
        except OSError as e:
            failure = failure or str(e) or type(e).__name__
        slowest = max(slowest, time.monotonic() - start)
        count += 1
        ended.wait(max(0.0, EVERY - (time.monotonic() - start)))
    print(f"{slowest * 1000:.0f} {count} {failure}")


main(int(sys.argv[1]), sys.argv[2] == "tls")
