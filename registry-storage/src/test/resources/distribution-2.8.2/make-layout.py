"""Writes a tiny OCI layout: index of two platforms, two tiny layers each (one shared)."""
import gzip, hashlib, io, json, os, sys, tarfile
out = sys.argv[1]
os.makedirs(out + "/blobs/sha256")
def blob(data):
    h = hashlib.sha256(data).hexdigest()
    open(f"{out}/blobs/sha256/{h}", "wb").write(data)
    return {"digest": "sha256:" + h, "size": len(data)}
def layer(name, text):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        info = tarfile.TarInfo(name); info.size = len(text)
        tar.addfile(info, io.BytesIO(text))
    raw = raw.getvalue()
    d = blob(gzip.compress(raw, mtime=0)); d["mediaType"] = "application/vnd.oci.image.layer.v1.tar+gzip"
    return d, "sha256:" + hashlib.sha256(raw).hexdigest()
shared = layer("etc/shared", b"on every platform\n")
manifests = []
for arch in "amd64", "arm64":
    own = layer("bin/app", b"an application for " + arch.encode() + b"\n")
    config = blob(json.dumps({"architecture": arch, "os": "linux", "config": {"Cmd": ["/bin/app"]},
      "rootfs": {"type": "layers", "diff_ids": [shared[1], own[1]]}}).encode())
    config["mediaType"] = "application/vnd.oci.image.config.v1+json"
    m = blob(json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "config": config, "layers": [shared[0], own[0]]}).encode())
    m["mediaType"] = "application/vnd.oci.image.manifest.v1+json"
    m["platform"] = {"architecture": arch, "os": "linux"}
    manifests.append(m)
index = blob(json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": manifests}).encode())
index["mediaType"] = "application/vnd.oci.image.index.v1+json"
index["annotations"] = {"org.opencontainers.image.ref.name": "1.0"}
json.dump({"schemaVersion": 2, "manifests": [index]}, open(out + "/index.json", "w"))
json.dump({"imageLayoutVersion": "1.0.0"}, open(out + "/oci-layout", "w"))
