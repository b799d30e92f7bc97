#!/usr/bin/env python3
"""Pushes an OCI image layout by the registry API: usage: push.py LAYOUT HOST:PORT REPOSITORY TAG...

For what skopeo cannot push from a layout with its bytes unchanged: Docker's media types, artifacts, several tags.
"""

import http.client
import json
import os
import sys


class Registry:
    def __init__(self, address, repository):
        self.connection = http.client.HTTPConnection(address, timeout=60)
        self.base = f"/v2/{repository}"

    def request(self, method, path, expected, body=None, headers=None):
        self.connection.request(method, path, body, headers or {})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status not in expected:
            raise SystemExit(f"push: {method} {path}: {answer.status} {text[:300]!r}, expected {expected}")
        return answer

    def push_blob(self, digest, content):
        if self.request("HEAD", f"{self.base}/blobs/{digest}", (200, 404)).status == 200:
            return
        location = self.request("POST", f"{self.base}/blobs/uploads/", (202,)).headers["Location"]
        path = location.split("/v2/", 1)[1]
        joint = "&" if "?" in path else "?"
        headers = {"Content-Type": "application/octet-stream"}
        self.request("PUT", f"/v2/{path}{joint}digest={digest}", (201,), content, headers)

    def push_manifest(self, reference, media_type, content):
        self.request("PUT", f"{self.base}/manifests/{reference}", (201,), content, {"Content-Type": media_type})


def main(layout, address, repository, *tags):
    def content(descriptor):
        with open(os.path.join(layout, "blobs", *descriptor["digest"].split(":")), "rb") as file:
            return file.read()

    registry = Registry(address, repository)

    def push(descriptor, references):
        """Pushes what a manifest names before the manifest: a registry refuses the other order."""
        manifest = content(descriptor)
        value = json.loads(manifest)
        for child in value.get("manifests", []):
            push(child, [child["digest"]])
        for blob in [value["config"], *value["layers"]] if "layers" in value else []:
            registry.push_blob(blob["digest"], content(blob))
        for reference in references:
            registry.push_manifest(reference, descriptor["mediaType"], manifest)

    with open(os.path.join(layout, "index.json")) as file:
        top = json.load(file)["manifests"][0]
    push(top, tags)


if __name__ == "__main__":
    main(*sys.argv[1:])
