#!/usr/bin/env python3
"""Makes an image of one layer that is there already: usage: declare.py DIRECTORY DIGEST BYTES

Writes its configuration and its manifest into build.py's tree in DIRECTORY, and prints the digest of the manifest.
"""

import sys

from images import More
from tree import canonical

OCI = "application/vnd.oci.image."


def main(directory, layer, size):
    tree = More(directory)
    config = tree.blob(OCI + "config.v1+json", canonical({"architecture": "amd64", "os": "linux", "layer": layer}))
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI + "manifest.v1+json",
        "config": config,
        "layers": [{"mediaType": OCI + "layer.v1.tar+gzip", "digest": layer, "size": int(size)}],
    }
    print(tree.blob(manifest["mediaType"], canonical(manifest))["digest"])


if __name__ == "__main__":
    main(*sys.argv[1:])
