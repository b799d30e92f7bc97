#!/usr/bin/env python3
"""Pulls an image as the Docker daemon does, but for unpacking it: usage: pull.py URL REPOSITORY TAG

HEAD of the tag, the manifest by its digest, then the configuration and the layers, three at a time in their order. Every
body is compared with its digest. Prints the seconds that it took.
"""

import hashlib
import http.client
import json
import queue
import sys
import threading
import time
from urllib.parse import urlsplit

AT_ONCE = 3
PIECE = 256 * 1024
SILENCE_SECONDS = 120
ACCEPT = "application/vnd.oci.image.manifest.v1+json"


class Client:
    """One connection."""

    def __init__(self, url, repository):
        self.path = f"/v2/{repository}/"
        self.connection = http.client.HTTPConnection(url.netloc, timeout=SILENCE_SECONDS)

    def ask(self, method, path):
        self.connection.request(method, self.path + path, headers={"Accept": ACCEPT, "Accept-Encoding": "identity"})
        answer = self.connection.getresponse()
        if answer.status != 200:
            raise OSError(f"{answer.status} for {path}")
        return answer

    def whole(self, path, digest):
        hashed, parts = hashlib.sha256(), []
        answer = self.ask("GET", path)
        while part := answer.read(PIECE):
            hashed.update(part)
            parts.append(part)
        if "sha256:" + hashed.hexdigest() != digest:
            raise OSError(f"other bytes for {path}")
        return b"".join(parts)


def worker(client, digests, failures):
    try:
        while not failures:
            digest = digests.get_nowait()
            client.whole(f"blobs/{digest}", digest)
    except queue.Empty:
        pass
    except (OSError, http.client.HTTPException) as failure:
        failures.append(failure)


def main(address, repository, tag):
    url, started = urlsplit(address), time.monotonic()
    client = Client(url, repository)
    answer = client.ask("HEAD", f"manifests/{tag}")
    answer.read()
    digest = answer.getheader("Docker-Content-Digest")
    manifest = json.loads(client.whole(f"manifests/{digest}", digest))
    digests, failures = queue.Queue(), []
    for descriptor in (manifest["config"], *manifest["layers"]):
        digests.put(descriptor["digest"])
    threads = [threading.Thread(target=worker, args=(Client(url, repository), digests, failures)) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        sys.exit(f"pull: {failures[0]!r}")
    print(f"{time.monotonic() - started:.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
