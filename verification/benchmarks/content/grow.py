#!/usr/bin/env python3
"""Fills a cache's directory: usage: grow.py DIRECTORY BLOBS ASKED PATHS

Lays BLOBS blobs of 4 KiB into DIRECTORY as the cache lays them. The first ASKED of them are in bench/app and are the same
in every directory; their URLs' paths go to the file PATHS. The others, in repositories of 10,000, are there to be many:
their directories and links are real, their bytes are one file under many names.
"""

import hashlib
import os
import sys

SIZE = 4096
REPOSITORY_BLOBS = 10_000
LINKS = 60_000  # ext4 allows 65,000 names a file


def main(directory, count, asked, paths):
    root = os.path.join(directory, "docker/registry/v2")
    blobs = os.path.join(root, "blobs/sha256")
    for number in range(256):
        os.makedirs(os.path.join(blobs, f"{number:02x}"))

    def repository(name):
        layers = os.path.join(root, "repositories", name, "_layers/sha256")
        os.makedirs(layers)
        return layers

    def write(path, content):
        with open(path, "wb") as file:
            file.write(content)

    layers = repository("bench/app")
    with open(paths, "w") as list_of_paths:
        for number in range(int(asked)):
            content = f"{number:16}".encode() * (SIZE // 16)
            hexadecimal = hashlib.sha256(content).hexdigest()
            os.mkdir(os.path.join(blobs, hexadecimal[:2], hexadecimal))
            write(os.path.join(blobs, hexadecimal[:2], hexadecimal, "data"), content)
            os.mkdir(os.path.join(layers, hexadecimal))
            write(os.path.join(layers, hexadecimal, "link"), f"sha256:{hexadecimal}".encode())
            print(f"/v2/bench/app/blobs/sha256:{hexadecimal}", file=list_of_paths)

    for number in range(int(count) - int(asked)):
        if number % REPOSITORY_BLOBS == 0:
            layers = repository(f"bench/many-{number // REPOSITORY_BLOBS}")
        hexadecimal = hashlib.sha256(b"%d" % number).hexdigest()
        blob = f"{blobs}/{hexadecimal[:2]}/{hexadecimal}"
        link = f"{layers}/{hexadecimal}"
        os.mkdir(blob)
        os.mkdir(link)
        if number % LINKS == 0:
            data, target = f"{blob}/data", f"{link}/link"
            write(data, b"x" * SIZE)
            write(target, f"sha256:{hexadecimal}".encode())
        else:
            os.link(data, f"{blob}/data")
            os.link(target, f"{link}/link")


if __name__ == "__main__":
    main(*sys.argv[1:])
