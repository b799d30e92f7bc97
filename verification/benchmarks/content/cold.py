#!/usr/bin/env python3
"""Makes blobs that were not pulled yet: usage: cold.py DIRECTORY COUNT BYTES

Writes them where build.py's tree in DIRECTORY has its blobs, and prints their digests, a line each.
"""

import hashlib
import os
import random
import sys

REPOSITORY = "bench/app"


def main(directory, count, size):
    noise = (random.Random("cold").randbytes(int(size) // 4) * 4)[8:]
    blobs = os.path.join(directory, "v2", REPOSITORY, "blobs")
    for _ in range(int(count)):
        first = os.urandom(8)
        hashed = hashlib.sha256(first)
        hashed.update(noise)
        digest = "sha256:" + hashed.hexdigest()
        with open(os.path.join(blobs, digest), "wb") as file:
            file.write(first)
            file.write(noise)
        print(digest)


if __name__ == "__main__":
    main(*sys.argv[1:])
