#!/usr/bin/env python3
"""Makes what the suite pulls, as OCI image layouts in DIRECTORY/<name>, and prints "name digest size" of each one's blob.

usage: content.py DIRECTORY
"""

import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop", "images"))

import build  # noqa: E402

MIB = 1 << 20
CONTENT = {**{f"image{number}": 16 * MIB for number in range(8)}, "large": 96 * MIB, "long": 48 * MIB}


def main(directory):
    for name, size in CONTENT.items():
        layout = build.Layout(os.path.join(directory, name))
        content = random.Random(name).randbytes(size)
        layout.finish(build.artifact(layout, "application/octet-stream", content, {"name": name}), "v1")
        print(name, build.sha256(content), size)


if __name__ == "__main__":
    main(*sys.argv[1:])
