"""Each attack holds what it can for `SECONDS`, and returns its connections, which it leaves open."""
import itertools
import os
import socket
import struct
import threading
import time

import http2
from server import BLOB_PATH, DIGEST

SECONDS = 8
PLAIN, TLS = "plain", "tls"

# As fast as one client can connect.
AT_ONCE = "8,000 cold manifests at once, clients leave"


def attempt(action):
    """What an attacker does when the server has closed the connection: nothing."""
    try:
        return action()
    except OSError:
        return None


def push(connection, data):
    """Sends as much as the server takes at once."""
    connection.settimeout(0.05)
    attempt(lambda: connection.sendall(data))


def opened(connect, count):
    return [c for c in (attempt(connect) for _ in range(count)) if c is not None]


def trickle(connections, byte):
    """One byte each half second on all connections."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        for connection in connections:
            push(connection, byte)
        time.sleep(0.5)
    return connections


def hold(connections):
    time.sleep(SECONDS)
    return connections


def at_once(connect, count, action):
    """Repeats an action on some connections, each on a thread of its own; connects again when one was closed."""
    end = time.monotonic() + SECONDS
    last = []

    def repeat():
        while time.monotonic() < end:
            connection = attempt(connect)
            if not connection:
                continue
            connection.settimeout(1)
            state = {}
            try:
                while time.monotonic() < end:
                    try:
                        action(connection, state)
                    except TimeoutError:
                        continue
                last.append(connection)
            except OSError:
                connection.close()

    threads = [threading.Thread(target=repeat, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS + 15)
    return last


def large_headers(server):
    connections = opened(server.connect, 60)
    line = b"X-Padding: " + b"x" * 8000 + b"\r\n"
    for connection in connections:
        push(connection, b"GET /v2/ HTTP/1.1\r\nHost: x\r\n" + line * 112)
    return hold(connections)


def full_headers(server):
    """Just below the limit, on many connections."""
    connections = opened(server.connect, 1000)
    line = b"X-Padding: " + b"x" * 1000 + b"\r\n"
    for connection in connections:
        push(connection, b"GET /v2/ HTTP/1.1\r\nHost: x\r\n" + line * 30)
    return hold(connections)


def slow_headers(server):
    connections = opened(server.connect, 200)
    for connection in connections:
        push(connection, b"GET /v2/ HTTP/1.1\r\nX: ")
    return trickle(connections, b"x")


def unread_blobs(server):
    connections = opened(lambda: server.connect(receive_buffer=4096), 200)
    for connection in connections:
        push(connection, f"GET {BLOB_PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return hold(connections)


def unread_tls_blobs(server):
    connections = opened(lambda: server.connect_tls(receive_buffer=4096), 200)
    for connection in connections:
        push(connection, f"GET {BLOB_PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return hold(connections)


def slow_bodies(server):
    connections = opened(server.connect, 200)
    for connection in connections:
        push(connection, b"GET /v2/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
    return trickle(connections, b"x")


def pipelined(server):
    connections = opened(lambda: server.connect(receive_buffer=4096), 50)
    requests = b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n" * 5000
    for connection in connections:
        push(connection, requests)
    return hold(connections)


def many_pipelined(server):
    """These read their answers, so that nothing stops them."""
    def burst(connection, _):
        push(connection, b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n" * 500)
        connection.settimeout(0.01)
        attempt(lambda: connection.recv(1 << 20))
    return at_once(server.connect, 50, burst)


def pipelined_blobs(server):
    """Each holds what follows the first request in a buffer."""
    connections = opened(lambda: server.connect(receive_buffer=4096), 1000)
    request = f"GET {BLOB_PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    for connection in connections:
        push(connection, request * 20)
    return hold(connections)


def half_handshakes(server):
    connections = opened(server.connect, 600)
    for connection in connections:
        push(connection, bytes.fromhex("160301010001") + b"\0" * 40)
    return hold(connections)


def bare_connections(server):
    return hold(opened(server.connect, 300))


def many_tls(server):
    """Finished handshakes, and nothing after them."""
    return hold(opened(server.connect_tls, 800))


def h2(server):
    return server.connect_tls("h2", receive_buffer=4096)


def cold(server, method, path, end, a_second):
    """8,000 connections, so many a second, each with a request for something else that is not cached."""
    kept = []
    begin = time.monotonic()
    for i in range(8000):
        time.sleep(max(0.0, begin + i / a_second - time.monotonic()))
        connection = attempt(server.connect)
        if not connection:
            continue
        target = path.format(i=i, digest=f"sha256:{os.urandom(32).hex()}")
        push(connection, f"{method} {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        if end is None:
            kept.append(connection)
        else:
            attempt(lambda: end(connection))
    return kept


def leave(connection):
    connection.close()


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def leaving(path, method="GET", end=leave, a_second=2000):
    return lambda server: cold(server, method, path, end, a_second)


def staying(path):
    """They stay until they are answered, or refused."""
    return leaving(path, end=None)


def cold_tls(server):
    """Each second a hundred handshakes or more, each with a request for something else that is not cached."""
    count = itertools.count()

    def once(connection, _):
        connection.sendall(f"GET /v2/slow-{next(count)}/manifests/latest HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        raise OSError("leaves")
    return at_once(server.connect_tls, 8, once)


def pipelined_cold(server):
    """Requests for things that are not cached, many on each connection, which stay."""
    connections = opened(server.connect, 200)
    for i, connection in enumerate(connections):
        push(connection, b"".join(
            f"GET /v2/slow-{i}-{j}/manifests/latest HTTP/1.1\r\nHost: x\r\n\r\n".encode() for j in range(100)))
    return hold(connections)


def cold_rapid_reset(server):
    """Requests for manifests that are not cached, taken back at once."""
    def burst(connection, state):
        if not state:
            connection.sendall(http2.PREFACE + http2.settings())
        first = state.get("next", 1)
        state["next"] = first + 200
        streams = range(first, first + 200, 2)
        connection.sendall(b"".join(
            http2.get(i, f"/v2/slow-{id(connection)}-{i}/manifests/latest") + http2.reset(i) for i in streams))
    return at_once(lambda: server.connect_tls("h2"), 3, burst)


def idle_h2(server):
    connections = opened(lambda: h2(server), 100)
    for connection in connections:
        push(connection, http2.PREFACE + http2.settings())
    return hold(connections)


def pinging_h2(server):
    """Not silent, but without a request."""
    connections = opened(lambda: h2(server), 50)
    for connection in connections:
        push(connection, http2.PREFACE + http2.settings())
    return trickle(connections, http2.frame(http2.PING, 0, 0, b"12345678"))


def zero_windows(server):
    connections = opened(lambda: h2(server), 9)
    for connection in connections:
        requests = b"".join(http2.get(2 * i + 1, BLOB_PATH) for i in range(250))
        push(connection, http2.PREFACE + http2.settings(0) + requests)
    return hold(connections)


def many_zero_windows(server):
    connections = opened(lambda: h2(server), 100)
    for connection in connections:
        requests = b"".join(http2.get(2 * i + 1, BLOB_PATH) for i in range(99))
        push(connection, http2.PREFACE + http2.settings(0) + requests)
    return hold(connections)


def rapid_reset(server):
    def burst(connection, state):
        if not state:
            connection.sendall(http2.PREFACE + http2.settings())
        first = state.get("next", 1)
        state["next"] = first + 200
        streams = range(first, first + 200, 2)
        connection.sendall(b"".join(http2.get(i, BLOB_PATH) + http2.reset(i) for i in streams))
    return at_once(lambda: server.connect_tls("h2"), 3, burst)


def continuation_flood(server):
    def burst(connection, state):
        if not state:
            state["begun"] = True
            connection.sendall(http2.PREFACE + http2.settings()
                               + http2.frame(http2.HEADERS, http2.END_STREAM, 1, http2.request("/v2/")))
        part = http2.header("x-padding", "x" * 200) * 50
        connection.sendall(http2.frame(http2.CONTINUATION, 0, 1, part))
    return at_once(lambda: h2(server), 5, burst)


def flood(server, kind, payload):
    def burst(connection, state):
        if not state:
            state["begun"] = True
            connection.sendall(http2.PREFACE + http2.settings())
        connection.sendall(http2.frame(kind, 0, 0, payload) * 1000)
    return at_once(lambda: h2(server), 3, burst)


def ping_flood(server):
    return flood(server, http2.PING, b"12345678")


def settings_flood(server):
    return flood(server, http2.SETTINGS, b"")


def catalog(server):
    """Forty clients ask for the first of 20,000 repositories, again and again."""
    def turn(_):
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            attempt(lambda: server.get("/v2/_catalog?n=1"))
    threads = [threading.Thread(target=turn, args=(i,), daemon=True) for i in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return []


def large(path):
    """Forty clients ask for large manifests or lists of the upstream, each for another one."""
    count = itertools.count()

    def asking(server):
        def ask(connection, _):
            connection.sendall(f"GET {path.format(i=next(count), digest=DIGEST)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            while connection.recv(1 << 16):
                pass
            raise OSError("has all")
        return at_once(server.connect, 40, ask)
    return asking


def unread_large(path):
    """A hundred clients ask for them, and do not read."""
    def asking(server):
        connections = opened(lambda: server.connect(receive_buffer=4096), 100)
        for i, connection in enumerate(connections):
            push(connection, f"GET {path.format(i=f'unread-{i}', digest=DIGEST)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        return hold(connections)
    return asking


def unread_small(path, count):
    """Thousands of clients ask for bodies that are not large, and do not read."""
    def asking(server):
        connections = []
        for i in range(count):
            time.sleep(0.002)
            for connection in opened(lambda: server.connect(receive_buffer=2048), 1):
                push(connection, f"GET {path.format(i=i)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                connections.append(connection)
        return hold(connections)
    return asking


def zero_window_lists(server):
    """Lists that are not large, over connections that take no byte of them."""
    connections = opened(lambda: h2(server), 60)
    for connection in connections:
        requests = b"".join(http2.get(2 * i + 1, "/v2/medium-list/tags/list") for i in range(99))
        push(connection, http2.PREFACE + http2.settings(0) + requests)
    return hold(connections)


LARGE = [
    ("manifests", "/v2/large-{i}/manifests/latest"),
    ("tag lists", "/v2/large-{i}/tags/list"),
    ("lists of referrers", "/v2/large-{i}/referrers/{digest}"),
]

# Name, kind of server, attack. Those of one kind share a server.
ALL = [
    ("60 connections with 900 KB of headers", PLAIN, large_headers),
    ("1,000 connections with 30 KB of headers", PLAIN, full_headers),
    ("headers, one byte each half second", PLAIN, slow_headers),
    ("200 blobs that are not read", PLAIN, unread_blobs),
    ("bodies, one byte each half second", PLAIN, slow_bodies),
    ("pipelined requests, answers not read", PLAIN, pipelined),
    ("pipelined requests, answers read", PLAIN, many_pipelined),
    ("1,000 pipelined blobs that are not read", PLAIN, pipelined_blobs),
    ("8,000 cold manifests, clients leave", PLAIN, leaving("/v2/slow-{i}/manifests/latest")),
    (AT_ONCE, PLAIN, leaving("/v2/slow-{i}/manifests/latest", a_second=1_000_000)),
    ("8,000 cold manifests, clients reset", PLAIN, leaving("/v2/slow-{i}/manifests/latest", end=reset)),
    ("8,000 cold HEADs, clients leave", PLAIN, leaving("/v2/slow-{i}/manifests/latest", method="HEAD")),
    ("8,000 cold digests, clients leave", PLAIN, leaving("/v2/slow-{i}/manifests/{digest}")),
    ("8,000 cold blobs, clients leave", PLAIN, leaving("/v2/slow-{i}/blobs/{digest}")),
    ("8,000 tag lists, clients leave", PLAIN, leaving("/v2/slow-{i}/tags/list")),
    ("8,000 referrers, clients leave", PLAIN, leaving("/v2/slow-{i}/referrers/{digest}")),
    ("8,000 catalogs, clients leave", PLAIN, leaving("/v2/_catalog?last=r{i}")),
    ("200 x 100 cold manifests, pipelined", PLAIN, pipelined_cold),
    ("8,000 junk paths, clients leave", PLAIN, leaving("/junk/{i}")),
    ("8,000 cold manifests, clients stay", PLAIN, staying("/v2/slow-{i}/manifests/latest")),
    ("8,000 manifests, upstream refuses", "refused", leaving("/v2/slow-{i}/manifests/latest")),
    ("8,000 blobs, upstream refuses", "refused", leaving("/v2/slow-{i}/blobs/{digest}")),
    ("cold manifests over TLS, clients leave", TLS, cold_tls),
    ("HTTP/2, rapid reset of cold manifests", TLS, cold_rapid_reset),
    ("600 TLS handshakes that stop half way", TLS, half_handshakes),
    ("800 TLS connections without a request", TLS, many_tls),
    ("200 blobs over TLS that are not read", TLS, unread_tls_blobs),
    ("100 idle HTTP/2 connections", TLS, idle_h2),
    ("50 HTTP/2 connections that only ping", TLS, pinging_h2),
    ("HTTP/2, zero windows, 9 x 250 streams", TLS, zero_windows),
    ("HTTP/2, zero windows, 100 x 99 streams", TLS, many_zero_windows),
    ("HTTP/2, rapid reset", TLS, rapid_reset),
    ("HTTP/2, endless continuation", TLS, continuation_flood),
    ("HTTP/2, pings, answers not read", TLS, ping_flood),
    ("HTTP/2, settings, answers not read", TLS, settings_flood),
    ("300 connections to TLS, 256 descriptors", "few descriptors", bare_connections),
    ("catalog of 20,000, 40 clients", "repositories", catalog),
    *((f"40 clients of {name} of 4 MiB", "large", large(path)) for name, path in LARGE),
    *((f"100 {name} of 4 MiB that are not read", "large", unread_large(path)) for name, path in LARGE),
    ("100 times one tag list, not read", "large", unread_large("/v2/large-one/tags/list")),
    ("100 parts of one list of referrers, unread", "large",
     unread_large("/v2/large-one/referrers/{digest}?artifactType=a%2Fb")),
    ("2,000 tag lists of 60 KB, not read", "large", unread_small("/v2/medium-one/tags/list", 2000)),
    *((f"40 clients of {name} that are only names", "large", large(path.replace("large", "names"))) for name, path in LARGE),
    ("40 lists of referrers with long links", "large", large("/v2/links-{i}/referrers/{digest}")),
    ("HTTP/2, zero windows, 60 x 99 lists", TLS, zero_window_lists),
]
