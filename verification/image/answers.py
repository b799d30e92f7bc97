#!/usr/bin/env python3
"""Waits until /v2/ of a loopback port answers: usage: answers.py PORT PID

Prints the milliseconds from the start of the process until the answer, and the milliseconds of processor time that it used.
"""

import os
import socket
import sys
import time

DEADLINE = 30


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE) as connection:
            connection.sendall(b"GET /v2/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def main():
    port, process = int(sys.argv[1]), sys.argv[2]
    deadline = time.monotonic() + DEADLINE
    while not answers(port):
        if time.monotonic() > deadline:
            raise SystemExit(f"no answer within {DEADLINE} s")
        time.sleep(0.001)
    now = time.clock_gettime(time.CLOCK_BOOTTIME)
    tick = os.sysconf("SC_CLK_TCK")
    with open(f"/proc/{process}/stat") as file:
        # The name of the program, in parentheses, may have blanks.
        fields = file.read().rsplit(")", 1)[1].split()
    used, started = int(fields[11]) + int(fields[12]), int(fields[19])
    print(f"{round((now - started / tick) * 1000)} ({round(used / tick * 1000)})")


main()
