#!/usr/bin/env python3
"""How long a server takes to start: usage: start.py URL COMMAND...

Starts it, asks again and again until the answer is 200, ends it, and prints the milliseconds from start to answer.
"""

import http.client
import subprocess
import sys
import time
from urllib.parse import urlsplit

PATIENCE_SECONDS = 30


def answers(url):
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=5)
    try:
        connection.request("GET", url.path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def main(address, *command):
    url = urlsplit(address)
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not answers(url):
            if process.poll() is not None:
                sys.exit(f"start: it ended with {process.returncode}")
            if time.monotonic() > started + PATIENCE_SECONDS:
                sys.exit("start: it did not answer")
            time.sleep(0.002)
        print(f"{(time.monotonic() - started) * 1000:.1f}")
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
