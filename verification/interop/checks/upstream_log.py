#!/usr/bin/env python3
"""Judges what upstream was asked, by its access log.

usage: upstream_log.py LOG FROM IMAGES.JSON EXPECTATION

LOG is read from byte FROM on. Expectations:
  once SCOPE KEY...   every blob and manifest of these images was sent exactly once and whole, and nothing else was.
                      SCOPE is an architecture, or `all` for every platform of an image. Of a large blob, several
                      requests may send different parts
  heads               no blob or manifest was sent; manifests were asked for by tag and with HEAD alone
  nothing             nothing was asked, whatever it was
  gets DIGEST N       this blob was asked for with GET N times
  sent DIGEST SIZE    so many bytes of this blob were sent, by any number of requests, and at most a twentieth more: what
                      is on its way when a request is ended
Prints what was otherwise, and exits with 1.
"""

import json
import re
import sys
from collections import Counter, namedtuple

Request = namedtuple("Request", "method kind repository reference status size line")

ACCESS = re.compile(r'"(?P<method>[A-Z]+) (?P<path>\S+) HTTP/[\d.]+" (?P<status>\d{3}) (?P<size>\d+)')
ROUTE = re.compile(r"^/v2/(?P<repository>.+)/(?P<kind>manifests|blobs)/(?P<reference>[^/?]+)(\?.*)?$")


# From this size on, a cache may fetch the parts of a blob over several connections.
LARGE = 4 << 20

# What is on its way when a request is ended, as a part of the blob.
ON_ITS_WAY = 0.05


def requests(log, start):
    with open(log, "rb") as file:
        file.seek(int(start))
        for line in file.read().decode(errors="replace").splitlines():
            access = ACCESS.search(line)
            if not access:
                continue
            route = ROUTE.match(access["path"])
            kind, repository, reference = route.group("kind", "repository", "reference") if route else ("other", "", "")
            yield Request(
                access["method"], kind, repository, reference, int(access["status"]), int(access["size"]), access.group()
            )


def needed(image, scope):
    """What a client of this scope needs of an image: (manifest digests, blob digest -> size)."""
    manifests, blobs = {image["digest"]}, {}
    for digest, manifest in image["manifests"].items():
        if scope == "all" or manifest["platform"] in (scope, None):
            manifests.add(digest)
            blobs.update(manifest["blobs"])
    return manifests, blobs


def once(asked, images, scope, *keys):
    # A challenge sends nothing.
    asked = [request for request in asked if request.status != 401]
    tags = {(images[key]["repository"], tag): images[key]["digest"] for key in images for tag in images[key]["tags"]}
    sizes, wanted_manifests = {}, set()
    for key in keys:
        manifests, blobs = needed(images[key], scope)
        wanted_manifests |= manifests
        sizes |= blobs
    got_blobs = Counter(r.reference for r in asked if r.kind == "blobs" and r.method == "GET")
    sent = Counter()
    for request in asked:
        if request.kind == "blobs" and request.method == "GET":
            sent[request.reference] += request.size
    got_manifests = Counter(
        tags.get((r.repository, r.reference), r.reference) for r in asked if r.kind == "manifests" and r.method == "GET"
    )
    for digest, size in sizes.items():
        if size >= LARGE and got_blobs[digest] > 1:
            got_blobs[digest] = 1
    yield from compare("blob", dict.fromkeys(sizes, 1), got_blobs)
    yield from compare("manifest", dict.fromkeys(wanted_manifests, 1), got_manifests)
    for digest, size in sizes.items():
        if not size <= sent[digest] <= most(size):
            yield f"blob {digest}: expected {size} bytes sent, got {sent[digest]}"


def most(size):
    return size * (1 + ON_ITS_WAY) if size >= LARGE else size


def compare(what, expected, actual):
    for digest in sorted(expected.keys() | actual.keys()):
        if expected.get(digest, 0) != actual.get(digest, 0):
            yield f"{what} {digest}: expected {expected.get(digest, 0)} GET, got {actual.get(digest, 0)}"


def heads(asked, images):
    for request in asked:
        by_tag = request.kind == "manifests" and ":" not in request.reference
        if request.kind in ("manifests", "blobs") and not (request.method == "HEAD" and by_tag):
            yield f"expected HEAD by tag alone, got {request.line}"


def nothing(asked, images):
    for request in asked:
        yield f"expected no request, got {request.line}"


def gets(asked, images, digest, count):
    actual = sum(1 for r in asked if r.kind == "blobs" and r.method == "GET" and r.reference == digest)
    if actual != int(count):
        yield f"expected {count} GET of {digest}, got {actual}"


def sent(asked, images, digest, size):
    actual = sum(r.size for r in asked if r.kind == "blobs" and r.method == "GET" and r.reference == digest)
    if not int(size) <= actual <= most(int(size)):
        yield f"expected {size} bytes of {digest}, got {actual}"


def main(log, start, images, expectation, *arguments):
    with open(images) as file:
        described = json.load(file)
    judge = {"once": once, "heads": heads, "nothing": nothing, "gets": gets, "sent": sent}[expectation]
    problems = list(judge(list(requests(log, start)), described, *arguments))
    for problem in problems[:10]:
        print(problem)
    if len(problems) > 10:
        print(f"and {len(problems) - 10} more")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
