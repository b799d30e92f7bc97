#!/usr/bin/env python3
"""Fills the directory of a bucket: fill_bucket.py DIRECTORY CONTENTS REPOSITORIES.

Half of the contents, with their links and the markers of their use, are thirty days old. Each repository has a tag, too.
"""
import hashlib
import os
import sys
import time

ROOT, CONTENTS, REPOSITORIES = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
OLD = time.time() - 30 * 86400


def write(path, data, when=None):
    name = os.path.join(ROOT, path)
    os.makedirs(os.path.dirname(name), exist_ok=True)
    with open(name, "wb") as file:
        file.write(data)
    if when:
        os.utime(name, (when, when))


def blob(data, when=None):
    digest = hashlib.sha256(data).hexdigest()
    write(f"docker/registry/v2/blobs/sha256/{digest[:2]}/{digest}/data", data, when)
    return digest


for i in range(CONTENTS):
    when = OLD if i % 2 == 0 else None
    digest = blob(b"content %d" % i, when)
    link = f"docker/registry/v2/repositories/library/r{i % REPOSITORIES}/_layers/sha256/{digest}/link"
    write(link, b"sha256:" + digest.encode(), when)
    write(f"cistern/used/sha256/{digest[:2]}/{digest}/604800", b"", when)
for i in range(REPOSITORIES):
    digest = blob(b'{"schemaVersion":2,"number":%d}' % i)
    manifests = f"docker/registry/v2/repositories/library/r{i}/_manifests"
    for link in (f"revisions/sha256/{digest}/link", "tags/latest/current/link", f"tags/latest/index/sha256/{digest}/link"):
        write(f"{manifests}/{link}", b"sha256:" + digest.encode())
