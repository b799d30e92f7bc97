#!/usr/bin/env python3
"""Makes what is pulled: usage: build.py DIRECTORY ARCHITECTURE

DIRECTORY becomes a tree that a file server can serve as a registry: v2/bench/app/{manifests,blobs}/<digest or tag>. Beside
it, DIRECTORY-tags.map says to nginx what the tags mean. Prints what there is, as JSON. The bytes come from fixed seeds.
"""

import json
import random
import sys

from tree import Tree, canonical, image, write_tags

IMAGES = 12
CONFIG_BYTES = 6000
LARGE_BYTES = 256 * 1024 * 1024


def main(directory, architecture):
    tree = Tree(directory)
    images = [image(tree, f"image-{number}", architecture) for number in range(IMAGES)]
    config = canonical({"architecture": architecture, "os": "linux", "padding": "x" * CONFIG_BYTES})
    large = random.Random("large").randbytes(LARGE_BYTES // 4) * 4  # more at once it cannot
    write_tags(directory, tree.tags, "w")
    print(json.dumps({"images": images, "small": tree.put("blobs", config), "large": tree.put("blobs", large)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
