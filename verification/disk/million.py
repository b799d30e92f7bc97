#!/usr/bin/env python3
"""Makes a store of many small blobs, sparse and with made-up digests: million.py ROOT COUNT"""

import hashlib
import os
import sys


def main(root, count):
    base = os.path.join(root, "docker/registry/v2/blobs/sha256")
    for prefix in range(256):
        os.makedirs(os.path.join(base, f"{prefix:02x}"))
    for number in range(int(count)):
        name = hashlib.sha256(b"%d" % number).hexdigest()
        directory = f"{base}/{name[:2]}/{name}"
        os.mkdir(directory)
        file = os.open(directory + "/data", os.O_CREAT | os.O_WRONLY, 0o644)
        os.truncate(file, 1 + number % 4000)
        os.close(file)


if __name__ == "__main__":
    main(*sys.argv[1:])
