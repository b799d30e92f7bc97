#!/usr/bin/env python3
"""Builds the images of the suite: usage: build.py DIRECTORY ARCHITECTURE [KEY...]

Each image is a small root filesystem made here, laid down as an OCI image layout in DIRECTORY/<key>. DIRECTORY/images.json
says what was built, with every digest and size: it is what the checks compare with. The bytes come from a fixed seed, so
that a digest names the same image in every run. ARCHITECTURE is that of this machine in OCI's words (amd64, arm64). By
default, all images are built.
"""

import gzip
import hashlib
import io
import json
import os
import random
import sys
import tarfile

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
EMPTY = "application/vnd.oci.empty.v1+json"

LARGE_LAYER = 210 * 1000 * 1000
MANY_LAYERS = 30
FILES = 1_000
STORM_BLOB = 64 * 1024 * 1024
HEAVY_MANIFEST = 4 * 1024 * 1024 - 4096  # Distribution refuses more than 4 MiB
ARCHITECTURES = ("amd64", "arm64")


def sha256(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def canonical(value):
    return json.dumps(value, separators=(",", ":")).encode()


def layer(files, compression=6):
    """One layer: (compressed tar, digest of the uncompressed tar). files: path -> bytes, or None for a directory."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.mtime = 1_700_000_000
            if content is None:
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(entry)
            else:
                entry.size, entry.mode = len(content), 0o644
                archive.addfile(entry, io.BytesIO(content))
    plain = tar.getvalue()
    return gzip.compress(plain, compression, mtime=0), sha256(plain)


def base_layer(name):
    release = f'ID=cistern\nNAME="Cistern interop"\nVARIANT={name}\n'.encode()
    return layer({"bin": None, "etc": None, "etc/os-release": release, "tmp": None, "usr": None})


class Layout:
    """An OCI image layout being written, and what it holds of one image."""

    def __init__(self, directory):
        self.directory = directory
        self.manifests = {}
        os.makedirs(os.path.join(directory, "blobs", "sha256"))
        self.write("oci-layout", canonical({"imageLayoutVersion": "1.0.0"}))

    def write(self, path, content):
        with open(os.path.join(self.directory, path), "wb") as file:
            file.write(content)

    def blob(self, media_type, content):
        digest = sha256(content)
        self.write(os.path.join("blobs", *digest.split(":")), content)
        return {"mediaType": media_type, "digest": digest, "size": len(content)}

    def manifest(self, value, platform=None):
        """Writes a manifest (or index) and notes what it needs."""
        descriptor = self.blob(value["mediaType"], canonical(value))
        blobs = [value["config"], *value["layers"]] if "layers" in value else []
        self.manifests[descriptor["digest"]] = {
            "mediaType": descriptor["mediaType"],
            "size": descriptor["size"],
            "platform": platform,
            "blobs": {blob["digest"]: blob["size"] for blob in blobs},
        }
        return descriptor

    def image(self, architecture, layers, docker=False):
        config = {
            "architecture": architecture,
            "os": "linux",
            "created": "2026-01-01T00:00:00Z",
            "config": {"Cmd": ["/bin/true"]},
            "rootfs": {"type": "layers", "diff_ids": [diff_id for _, diff_id in layers]},
            "history": [{"created": "2026-01-01T00:00:00Z"} for _ in layers],
        }
        layer_type = DOCKER_LAYER if docker else OCI_LAYER
        return self.manifest(
            {
                "schemaVersion": 2,
                "mediaType": DOCKER_MANIFEST if docker else OCI_MANIFEST,
                "config": self.blob(DOCKER_CONFIG if docker else OCI_CONFIG, canonical(config)),
                "layers": [self.blob(layer_type, content) for content, _ in layers],
            },
            architecture,
        )

    def index(self, images, media_type):
        """images: architecture -> descriptor of its manifest"""
        return self.manifest(
            {
                "schemaVersion": 2,
                "mediaType": media_type,
                "manifests": [
                    {**descriptor, "platform": {"architecture": architecture, "os": "linux"}}
                    for architecture, descriptor in images.items()
                ],
            }
        )

    def finish(self, top, tag):
        entry = {**top, "annotations": {"org.opencontainers.image.ref.name": tag}}
        self.write("index.json", canonical({"schemaVersion": 2, "manifests": [entry]}))


def tiny(layout, native):
    images = {
        architecture: layout.image(
            architecture,
            [base_layer("shared"), layer({"etc/hostname": f"tiny-{architecture}\n".encode()})],
        )
        for architecture in ARCHITECTURES
    }
    return layout.index(images, OCI_INDEX)


def legacy(layout, native):
    # The first layer is that of `tiny`, byte for byte: two repositories that share a blob.
    images = {
        architecture: layout.image(
            architecture,
            [base_layer("shared"), layer({"etc/hostname": f"legacy-{architecture}\n".encode()})],
            docker=True,
        )
        for architecture in ARCHITECTURES
    }
    return layout.index(images, DOCKER_LIST)


def app(name):
    """An image that has no blob in common with the others of its name."""

    def build(layout, native):
        images = {
            architecture: layout.image(
                architecture,
                [base_layer(f"{name}-{architecture}"), layer({"etc/hostname": f"{name}-{architecture}\n".encode()})],
            )
            for architecture in ARCHITECTURES
        }
        return layout.index(images, OCI_INDEX)

    return build


def many(layout, native):
    noise = random.Random("many layers")
    layers = [
        layer({"usr": None, f"usr/part-{number:02}": noise.randbytes(20_000 + 1000 * number)})
        for number in range(MANY_LAYERS)
    ]
    return layout.image(native, layers)


def large(layout, native):
    noise = random.Random("large layer").randbytes(LARGE_LAYER)
    return layout.image(native, [base_layer("large"), layer({"usr": None, "usr/noise": noise}, compression=0)])


def artifact(layout, kind, content, annotations):
    return layout.manifest(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "artifactType": kind,
            "config": layout.blob(EMPTY, b"{}"),
            "layers": [layout.blob(kind, content)],
            "annotations": annotations,
        }
    )


def sbom(layout, native):
    document = canonical({"spdxVersion": "SPDX-2.3", "name": "interop", "packages": []})
    return artifact(layout, "application/spdx+json", document, {"org.example.made": "by the suite"})


def heavy(layout, native):
    padding = {"org.example.padding": "x" * (HEAVY_MANIFEST - 1000)}
    return artifact(layout, "application/vnd.example.heavy", b"heavy manifest\n", padding)


def files(version):
    """An image of which every other file is the same in all versions."""

    def build(layout, native):
        content = {}
        for number in range(FILES):
            noise = random.Random(f"files-{number}-{version if number % 2 else 0}")
            content[f"file-{number:04}"] = noise.randbytes(noise.randrange(2_000, 20_000))
        return layout.image(native, [layer(content, compression=1)])

    return build


def storm(layout, native):
    noise = random.Random("storm").randbytes(STORM_BLOB)
    return artifact(layout, "application/octet-stream", noise, {})


# key -> (repository, tags, what builds it). A repository under library/ is one of Docker Hub's short names.
IMAGES = {
    "tiny": ("library/tiny", ["1", "1.0", "edge", "latest", "stable"], tiny),
    "legacy": ("library/legacy", ["2"], legacy),
    "large": ("library/large", ["1"], large),
    "many": ("team/project/sub/app", ["1"], many),
    "sbom": ("artifacts/sbom", ["v1"], sbom),
    "heavy": ("artifacts/heavy", ["v1"], heavy),
    "storm": ("artifacts/storm", ["v1"], storm),
    "files1": ("lazy/files", ["1"], files(1)),
    "files2": ("lazy/files", ["2"], files(2)),
    "app": ("library/app", ["1"], app("app")),
    "bearer": ("library/app", ["1"], app("bearer")),
    "basic": ("library/app", ["1"], app("basic")),
    "unlisted": ("library/app", ["1"], app("unlisted")),
}

# key -> the name that clients have for its registry; others are in the default upstream.
REGISTRIES = {"bearer": "ghcr.io", "basic": "registry.example.com:5000", "unlisted": "127.0.0.1:5005"}


def main(directory, native, *keys):
    built = {}
    for key in keys or IMAGES:
        repository, tags, build = IMAGES[key]
        layout = Layout(os.path.join(directory, key))
        top = build(layout, native)
        layout.finish(top, tags[0])
        built[key] = {"registry": REGISTRIES.get(key), "repository": repository, "tags": tags, **top, "manifests": layout.manifests}
    with open(os.path.join(directory, "images.json"), "w") as file:
        json.dump(built, file, indent=1)


if __name__ == "__main__":
    main(*sys.argv[1:])
