"""Runs the attacks one after the other. While each lasts, and until its connections have ended, a client asks for
/v2/ each 100 ms: every answer must come, and within a second, or within three where thousands connect at once."""
import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

import attacks
from server import Server, start_upstream

MOST_MS = 1000
# The server can only work off what has come, one after the other, and the attack takes one of two processors.
MOST_MS_AT_ONCE = 3000
# The longest limit, and some seconds for a busy machine.
GONE_WITHIN = 12

SERVERS = {
    attacks.PLAIN: {},
    attacks.TLS: {"tls": True},
    "refused": {"refused": True},
    "few descriptors": {"tls": True, "descriptors": 256},
    "repositories": {"repositories": 20_000},
    "large": {},
}


def main():
    parser = argparse.ArgumentParser(prog="run", description=__doc__)
    parser.add_argument("--only", help="run the attacks whose name contains this")
    parser.add_argument("--keep", action="store_true", help="leave the working directory, and say where it is")
    arguments = parser.parse_args()
    chosen = [a for a in attacks.ALL if not arguments.only or arguments.only in a[0]]
    if not chosen:
        parser.error("no attack has that in its name")
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 20_000), most))
    work = tempfile.mkdtemp(prefix="cistern-attacks.")
    upstream = start_upstream()
    failed = 0
    server, kind_of_server = None, None
    print(f"{'attack':42} {'slowest':>9} {'asked':>6} {'left':>5} {'peak RSS':>9}")
    try:
        for name, kind, attack in chosen:
            if kind != kind_of_server or not server.alive():
                if server:
                    server.stop()
                server, kind_of_server = Server(upstream, work, **SERVERS[kind]), kind
            failed += not run(name, server, attack)
    finally:
        if server:
            server.stop()
        if arguments.keep:
            print("working directory:", work)
        else:
            shutil.rmtree(work, ignore_errors=True)
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


def run(name, server, attack):
    probe = subprocess.Popen(
        [sys.executable, "-B", os.path.join(os.path.dirname(__file__), "probe.py"), str(server.port),
         "tls" if server.tls else "plain"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    held = attack(server)
    # One is the client that asks.
    end = time.monotonic() + GONE_WITHIN
    while (left := server.connections()) > 1 and time.monotonic() < end:
        time.sleep(0.1)
    left = max(0, left - 1)
    for connection in held:
        connection.close()
    slowest, asked, failure = probe.communicate()[0].rstrip("\n").split(" ", 2)
    alive = server.alive()
    most = MOST_MS_AT_ONCE if name == attacks.AT_ONCE else MOST_MS
    ok = alive and not failure and int(slowest) <= most and left == 0
    memory = f"{server.resident()} MiB" if alive else "-"
    print(f"{name:42} {slowest + ' ms':>9} {asked:>6} {left:>5} {memory:>9}  {'ok' if ok else 'FAIL'}"
          + (f"  {failure}" if failure else "") + ("" if alive else "  the server ended"), flush=True)
    return ok


sys.exit(main())
