"""The tree that a file server serves as a registry, and its images."""

import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "interop", "images"))
from build import Layout, canonical, layer, sha256  # noqa: E402

LAYERS = 30
LAYER_BYTES = 512 * 1024
REPOSITORY = "bench/app"


class Tree(Layout):
    """A layout whose files lie where a registry's URLs point."""

    def __init__(self, directory):
        self.directory = directory
        self.root = os.path.join(directory, "v2", REPOSITORY)
        self.manifests = {}
        self.tags = {}
        for kind in ("manifests", "blobs"):
            os.makedirs(os.path.join(self.root, kind))

    def put(self, kind, content):
        digest = sha256(content)
        with open(os.path.join(self.root, kind, digest), "wb") as file:
            file.write(content)
        return digest

    def blob(self, media_type, content):
        # A layout keeps manifests with the blobs, a registry does not.
        kind = "manifests" if media_type.endswith("manifest.v1+json") else "blobs"
        return {"mediaType": media_type, "digest": self.put(kind, content), "size": len(content)}

    def tag(self, name, digest):
        manifests = os.path.join(self.root, "manifests")
        os.link(os.path.join(manifests, digest), os.path.join(manifests, name))
        self.tags[name] = digest


def image(tree, name, architecture, layers=LAYERS, layer_bytes=LAYER_BYTES):
    noise = random.Random(name)
    content = [
        layer({"usr": None, f"usr/part-{part:02}": noise.randbytes(layer_bytes)}, compression=0) for part in range(layers)
    ]
    digest = tree.image(architecture, content)["digest"]
    tree.tag(name, digest)
    return digest


def write_tags(directory, tags, mode):
    with open(directory + "-tags.map", mode) as file:
        for tag, digest in tags.items():
            print(f"/v2/{REPOSITORY}/manifests/{tag} {digest};", file=file)
