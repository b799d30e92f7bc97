"""The server under attack: the real jar with a heap of 64 MiB, and an upstream with one blob."""
import hashlib
import http.server
import json
import os
import socket
import ssl
import subprocess
import tempfile
import threading
import time

BLOB = os.urandom(1 << 20) * 16
DIGEST = "sha256:" + hashlib.sha256(BLOB).hexdigest()
BLOB_PATH = "/v2/library/app/blobs/" + DIGEST

# How long the upstream takes for repositories whose names begin with "slow-".
SLOW_SECONDS = 3

# Short, so that each attack shows the end of the connections that it holds.
LIMITS = {
    "requesttimeout": "4s",
    "handshaketimeout": "4s",
    "idletimeout": "4s",
    "writetimeout": "4s",
}

# What repositories have whose names begin with "large-": 4 MiB each, the most that the specification asks registries to take.
LARGE = 4 << 20


def descriptors(media_type):
    """So many that a document of them has the length."""
    one = {"mediaType": media_type, "digest": "sha256:" + "0" * 64, "size": 1, "artifactType": "a/b"}
    return [dict(one, digest=f"sha256:{i:064x}") for i in range(LARGE // (len(json.dumps(one)) + 2))]


IMAGE = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": DIGEST, "size": len(BLOB)}
LARGE_DOCUMENTS = {
    "manifests": (IMAGE, {"schemaVersion": 2, "mediaType": IMAGE, "config": CONFIG, "layers": descriptors("a/b")}),
    "referrers": (INDEX, {"schemaVersion": 2, "mediaType": INDEX, "manifests": descriptors(IMAGE)}),
    "tags": ("application/json", {"name": "large", "tags": [f"tag-{i:09}" for i in range(LARGE // 17)]}),
}

# What repositories have whose names begin with "names-": documents of names of properties, which a parser may keep.
NAMES = json.dumps({f"n{i}": 0 for i in range(LARGE // 14)})[1:-1]
NAMES_DOCUMENTS = {
    "manifests": (IMAGE, f'{{"mediaType":"{IMAGE}","config":{json.dumps(CONFIG)},"layers":[],"annotations":{{{NAMES}}}}}'),
    "referrers": (INDEX, f'{{"mediaType":"{INDEX}","manifests":[],"annotations":{{{NAMES}}}}}'),
    "tags": ("application/json", f'{{"name":"x","tags":["latest"],{NAMES}}}'),
}

# And of those that begin with "medium-": each has others.
MEDIUM = 60 << 10


def medium(kind, name):
    if kind == "manifests":
        return IMAGE, json.dumps({"schemaVersion": 2, "mediaType": IMAGE, "config": CONFIG, "layers": [],
                                  "annotations": {"a": name.ljust(MEDIUM, "x")}}).encode()
    return "application/json", json.dumps({"name": name, "tags": [f"{i:0100}" for i in range(MEDIUM // 104)]}).encode()


LARGE_ANSWERS = {kind: (media_type, json.dumps(document).encode()) for kind, (media_type, document) in LARGE_DOCUMENTS.items()}


class Upstream(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if "/slow-" in self.path:
            time.sleep(SLOW_SECONDS)
        body = BLOB if DIGEST in self.path else b"{}" if self.path == "/v2/" else None
        media_type = "application/octet-stream"
        parts = self.path.split("/")
        if "/large-" in self.path:
            media_type, body = LARGE_ANSWERS.get(parts[3], (media_type, None))
        if "/names-" in self.path:
            media_type, text = NAMES_DOCUMENTS[parts[3]]
            body = text.encode()
        if "/medium-" in self.path:
            media_type, body = medium(parts[3], parts[2])
        if "/links-" in self.path:
            return self.links(parts)
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        if self.command == "GET" and body:
            self.wfile.write(body)

    do_HEAD = do_GET

    def links(self, parts):
        """An empty page of a list, and a long link to the next one."""
        page = int(parts[-1].partition("?last=")[2].partition("-")[0] or 0) + 1
        body = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": []}).encode()
        self.send_response(200)
        self.send_header("Content-Type", INDEX)
        self.send_header("Content-Length", str(len(body)))
        path = self.path.partition("?")[0]
        self.send_header("Link", f"<{path}?last={str(page) + '-' + 'x' * 8000}>; rel=next")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def start_upstream():
    http.server.ThreadingHTTPServer.request_queue_size = 1000
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    # The cache ends transfers that no client waits for.
    server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One process. `tls` for HTTPS with HTTP/2; `descriptors` for `ulimit -n`; `refused` if the
    upstream takes no connections."""

    def __init__(self, upstream, work, tls=False, descriptors=None, repositories=0, refused=False):
        self.tls = tls
        self.port = free_port()
        self.directory = tempfile.mkdtemp(dir=work)
        self.log = open(os.path.join(self.directory, "log"), "wb")
        if repositories:
            self._make_repositories(repositories)
        config = os.path.join(self.directory, "config.yml")
        with open(config, "w") as file:
            file.write("version: 0.1\nlog: {accesslog: {disabled: true}}\n")
            file.write(f"storage: {{filesystem: {{rootdirectory: {self.directory}/store}}}}\n")
            file.write(f"proxy: {{remoteurl: 'http://127.0.0.1:{free_port() if refused else upstream}'}}\n")
            file.write(f"http:\n  addr: 127.0.0.1:{self.port}\n")
            for key, value in LIMITS.items():
                file.write(f"  {key}: {value}\n")
            if tls:
                cert, key = os.path.join(work, "cert.pem"), os.path.join(work, "key.pem")
                if not os.path.exists(cert):
                    subprocess.run(
                        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                         "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", cert],
                        check=True, stderr=subprocess.DEVNULL)
                file.write(f"  tls: {{certificate: {cert}, key: {key}}}\n")
        command = ["java", "-Xmx64m", "-XX:+UseParallelGC", "-jar", os.environ["CISTERN_JAR"], "serve", config]
        if descriptors:
            command = ["bash", "-c", f'ulimit -n {descriptors} && exec "$@"', "-"] + command
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        self._await_ready()
        if not refused:
            self.get(BLOB_PATH)  # The blob is cached now.

    def _make_repositories(self, count):
        root = os.path.join(self.directory, "store/docker/registry/v2/repositories/library")
        for i in range(count):
            os.makedirs(os.path.join(root, f"r{i:05}", "_layers"))

    def _await_ready(self):
        deadline = time.monotonic() + 60
        while True:
            try:
                self.get("/v2/")
                return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.1)

    def connect(self, receive_buffer=None, timeout=10):
        connection = socket.socket()
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(timeout)
        connection.connect(("127.0.0.1", self.port))
        return connection

    def connect_tls(self, protocol="http/1.1", **options):
        return tls_context(protocol).wrap_socket(self.connect(**options), server_hostname="localhost")

    def get(self, path):
        """Asks on a connection of its own, and returns the whole answer."""
        return ask(self.port, self.tls, path)

    def alive(self):
        return self.process.poll() is None

    def resident(self):
        """The peak of resident memory, in MiB."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))

    def connections(self):
        """How many connections of clients the process has open. The kernel may send longer what was written."""
        port = f":{self.port:04X}"
        with open("/proc/net/tcp") as table:
            rows = [line.split() for line in table]
        return sum(row[1].endswith(port) and row[3] != "0A" and row[9] != "0" for row in rows[1:])

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def tls_context(protocol):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols([protocol])
    return context


def ask(port, tls, path, timeout=10):
    with socket.create_connection(("127.0.0.1", port), timeout) as connection:
        if tls:
            connection = tls_context("http/1.1").wrap_socket(connection, server_hostname="localhost")
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = bytearray()
        while chunk := connection.recv(1 << 16):
            answer += chunk
        if not answer.startswith(b"HTTP/1.1 200"):
            raise OSError("answered " + answer[:60].decode("latin-1"))
        return answer
