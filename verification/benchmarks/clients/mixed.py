#!/usr/bin/env python3
"""Clients of all kinds at once: usage: mixed.py URL DIRECTORY PREFIX CLIENTS SECONDS

Each pulls images tagged PREFIX-... of build.py's tree in DIRECTORY by tag, as Docker does, or asks for tags, manifests, blobs
and ranges alone, leaves in the middle of a blob, or asks for what does not exist; what, is chosen at random from a fixed
seed. Every answer is compared with the tree. Prints a JSON object:
  right, wrong   answers
  failed         requests without a whole answer, and answers of 5xx
  examples       of the wrong and the failed ones
"""

import hashlib
import http.client
import json
import os
import random
import sys
import threading
import time
from urllib.parse import urlsplit

REPOSITORY = "bench/app"
ACCEPT = "application/vnd.oci.image.manifest.v1+json"
SILENCE_SECONDS = 60
EXAMPLES = 10


class Tree:
    """What the upstream has."""

    def __init__(self, directory, prefix):
        self.root = os.path.join(directory, "v2", REPOSITORY)
        self.tags, self.images, self.blobs = {}, {}, {}
        for name in sorted(os.listdir(os.path.join(self.root, "manifests"))):
            if name.startswith(prefix + "-"):
                with open(os.path.join(self.root, "manifests", name), "rb") as file:
                    content = file.read()
                digest = "sha256:" + hashlib.sha256(content).hexdigest()
                manifest = json.loads(content)
                self.tags[name] = digest
                self.images[digest] = [manifest["config"]["digest"], *(layer["digest"] for layer in manifest["layers"])]
                self.blobs.update({layer["digest"]: layer["size"] for layer in manifest["layers"]})

    def bytes_of(self, digest, start, end):
        with open(os.path.join(self.root, "blobs", digest), "rb") as file:
            file.seek(start)
            return file.read(end - start)


class Client(threading.Thread):
    def __init__(self, number, url, tree, until):
        super().__init__(daemon=True)
        self.url, self.tree, self.until = url, tree, until
        self.random = random.Random(f"client {number}")
        self.counts = {"right": 0, "wrong": 0, "failed": 0}
        self.examples = []
        self.connection = None
        self.kinds = [
            (6, self.pull), (20, self.tag), (20, self.manifest), (20, self.blob), (20, self.part), (6, self.leave), (8, self.absent),
        ]  # fmt: skip

    def run(self):
        weights, kinds = zip(*self.kinds)
        while time.monotonic() < self.until:
            self.random.choices(kinds, weights)[0]()

    def ask(self, method, path, expected, headers=None):
        """The body, when the answer has the expected status; None, and it is counted, otherwise."""
        try:
            answer = self.open(method, path, headers)
            body = answer.read()
        except (OSError, http.client.HTTPException) as failure:
            return self.failed(f"{method} {path}: {failure!r}")
        if answer.status != expected:
            (self.failed if answer.status >= 500 else self.wrong)(f"{method} {path}: {answer.status}, {body[:200]!r}")
            return None
        self.digest = answer.getheader("Docker-Content-Digest")
        return body

    def open(self, method, path, headers=None):
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection(self.url.netloc, timeout=SILENCE_SECONDS)
            self.connection.request(method, f"/v2/{REPOSITORY}{path}", headers={"Accept": ACCEPT, **(headers or {})})
            return self.connection.getresponse()
        except (OSError, http.client.HTTPException):
            self.hang_up()
            raise

    def hang_up(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def failed(self, what):
        self.hang_up()
        self.counts["failed"] += 1
        self.examples.append(f"failed: {what}")

    def wrong(self, what):
        self.counts["wrong"] += 1
        self.examples.append(f"wrong: {what}")

    def check(self, right, what):
        if right:
            self.counts["right"] += 1
        else:
            self.wrong(what)

    def has_digest(self, body, digest, what):
        if body is not None:
            self.check("sha256:" + hashlib.sha256(body).hexdigest() == digest, f"{what}: other bytes")

    def any_tag(self):
        return self.random.choice(list(self.tree.tags.items()))

    def any_blob(self):
        return self.random.choice(list(self.tree.blobs.items()))

    def pull(self):
        tag, digest = self.any_tag()
        if self.ask("HEAD", f"/manifests/{tag}", 200) is not None:
            self.check(self.digest == digest, f"{tag}: another digest")
        self.get_manifest(digest, digest)
        for blob in self.tree.images[digest]:
            self.get_blob(blob)

    def get_manifest(self, reference, digest):
        self.has_digest(self.ask("GET", f"/manifests/{reference}", 200), digest, reference)

    def get_blob(self, digest):
        self.has_digest(self.ask("GET", f"/blobs/{digest}", 200), digest, digest)

    def tag(self):
        self.get_manifest(*self.any_tag())

    def manifest(self):
        digest = self.random.choice(list(self.tree.images))
        self.get_manifest(digest, digest)

    def blob(self):
        self.get_blob(self.any_blob()[0])

    def part(self):
        digest, size = self.any_blob()
        start = self.random.randrange(size)
        end = min(size, start + self.random.randrange(1, 128 * 1024))
        body = self.ask("GET", f"/blobs/{digest}", 206, {"Range": f"bytes={start}-{end - 1}"})
        if body is not None:
            self.check(body == self.tree.bytes_of(digest, start, end), f"{digest} from {start} to {end}: other bytes")

    def leave(self):
        digest, size = self.any_blob()
        try:
            self.open("GET", f"/blobs/{digest}").read(self.random.randrange(1, size))
            self.counts["right"] += 1
        except (OSError, http.client.HTTPException) as failure:
            self.failed(f"leaving {digest}: {failure!r}")
        self.hang_up()

    def absent(self):
        number = self.random.randrange(1000)
        absent = hashlib.sha256(b"absent %d" % number).hexdigest()
        for path in (f"/manifests/absent-{number}", f"/blobs/sha256:{absent}"):
            if self.ask("GET", path, 404) is not None:
                self.counts["right"] += 1


def main(address, directory, prefix, count, seconds):
    tree = Tree(directory, prefix)
    until = time.monotonic() + float(seconds)
    clients = [Client(number, urlsplit(address), tree, until) for number in range(int(count))]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    result = {name: sum(client.counts[name] for client in clients) for name in ("right", "wrong", "failed")}
    print(json.dumps({**result, "examples": [e for client in clients for e in client.examples][:EXAMPLES]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
