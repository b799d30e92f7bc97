#!/usr/bin/env python3
"""Adds images to build.py's tree: usage: images.py DIRECTORY ARCHITECTURE COUNT LAYER-BYTES PREFIX [LAYERS]

Tags them PREFIX-0 and so on. Prints the paths of their layers, a line each.
"""

import os
import sys

import tree


class More(tree.Tree):
    """The tree as it is there already. Prints the paths of blobs that it adds, if they are listed."""

    def __init__(self, directory, listed=False):
        self.listed = listed
        self.directory = directory
        self.root = os.path.join(directory, "v2", tree.REPOSITORY)
        self.manifests = {}
        self.tags = {}

    def put(self, kind, content):
        digest = super().put(kind, content)
        if kind == "blobs" and self.listed:
            print(os.path.join(self.root, kind, digest))
        return digest


def main(directory, architecture, count, layer_bytes, prefix, layers=tree.LAYERS):
    more = More(directory, listed=True)
    for number in range(int(count)):
        tree.image(more, f"{prefix}-{number}", architecture, int(layers), int(layer_bytes))
    tree.write_tags(directory, more.tags, "a")


if __name__ == "__main__":
    main(*sys.argv[1:])
