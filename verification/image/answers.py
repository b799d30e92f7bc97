#!/usr/bin/env python3
"""Waits until /v2/ of a loopback port answers: usage: answers.py PORT METRICS-PORT PID

Prints the milliseconds until the answer: from the start of the JVM, which it tells in its metrics, and from the start of the process.
The second has the container engine's part as well: the process is runc's until it starts the JVM.
"""

import os
import re
import socket
import sys
import time
import urllib.request

DEADLINE = 30


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE) as connection:
            connection.sendall(b"GET /v2/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def main():
    port, metrics, process = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    deadline = time.monotonic() + DEADLINE
    while not answers(port):
        if time.monotonic() > deadline:
            raise SystemExit(f"no answer within {DEADLINE} s")
        time.sleep(0.001)
    now, clock = time.clock_gettime(time.CLOCK_BOOTTIME), time.time()
    with urllib.request.urlopen(f"http://127.0.0.1:{metrics}/metrics", timeout=DEADLINE) as answer:
        started = float(re.search(rb"^process_start_time_seconds (\S+)$", answer.read(), re.MULTILINE)[1])
    tick = os.sysconf("SC_CLK_TCK")
    with open(f"/proc/{process}/stat") as file:
        # The name of the program, in parentheses, may have blanks.
        ticks = int(file.read().rsplit(")", 1)[1].split()[19])
    print(f"{round((clock - started) * 1000)} ({round((now - ticks / tick) * 1000)})")


main()
