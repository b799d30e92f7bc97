#!/usr/bin/env python3
"""Adds images to build.py's tree: usage: images.py DIRECTORY ARCHITECTURE COUNT LAYER-BYTES PREFIX [LAYERS]

Tags them PREFIX-0 and so on. Prints the paths of their layers, a line each.
"""

import os
import sys

import build


class More(build.Tree):
    """The tree as it is there already."""

    def __init__(self, directory):
        self.directory = directory
        self.root = os.path.join(directory, "v2", build.REPOSITORY)
        self.manifests = {}
        self.tags = {}

    def put(self, kind, content):
        digest = super().put(kind, content)
        if kind == "blobs":
            print(os.path.join(self.root, kind, digest))
        return digest


def main(directory, architecture, count, layer_bytes, prefix, layers=build.LAYERS):
    tree = More(directory)
    for number in range(int(count)):
        build.image(tree, f"{prefix}-{number}", architecture, int(layers), int(layer_bytes))
    build.write_tags(directory, tree.tags, "a")


if __name__ == "__main__":
    main(*sys.argv[1:])
