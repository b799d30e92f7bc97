#!/usr/bin/env python3
"""A token service for Distribution's registry: usage: tokens.py HOST:PORT DIRECTORY ACCOUNT LOG

DIRECTORY has the files `key` and `crt` to sign with, and `password` of the account. With wrong credentials, the answer
is 401; without any, a token that allows nothing. LOG gets a line for each request: `granted ACCOUNT SCOPE`, `anonymous`,
or `refused`.
"""

import base64
import http.server
import json
import subprocess
import sys
import time
import urllib.parse


def encoded(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=")


class Tokens(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        scopes = [scope for value in query.get("scope", []) for scope in value.split()]
        if "Authorization" not in self.headers:
            self.server.note("anonymous")
            self.answer(200, {"token": self.token([], ""), "expires_in": 300})
            return
        if self.headers["Authorization"] != self.server.expected:
            self.server.note("refused")
            self.answer(401, {"errors": [{"code": "UNAUTHORIZED", "message": "wrong credentials"}]})
            return
        self.server.note(f"granted {self.server.account} {' '.join(scopes)}")
        self.answer(200, {"token": self.token(scopes, self.server.account), "expires_in": 300})

    def do_POST(self):
        """OAuth2: clients then use GET."""
        self.answer(405, {"errors": [{"code": "UNSUPPORTED", "message": "use GET"}]})

    def token(self, scopes, account):
        access = []
        for scope in scopes:
            kind, name, actions = scope.split(":")
            access.append({"type": kind, "name": name, "actions": actions.split(",")})
        now = int(time.time())
        claims = {"iss": "interop", "aud": "interop", "sub": account, "jti": str(time.time_ns()), "access": access}
        claims |= {"iat": now, "nbf": now - 10, "exp": now + 300}
        header = {"typ": "JWT", "alg": "RS256", "x5c": [self.server.certificate]}
        signed = b".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
        command = ["openssl", "dgst", "-sha256", "-sign", f"{self.server.directory}/key"]
        signature = subprocess.run(command, input=signed, capture_output=True, check=True).stdout
        return (signed + b"." + encoded(signature)).decode()

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    def __init__(self, address, directory, account, log):
        host, port = address.rsplit(":", 1)
        super().__init__((host, int(port)), Tokens)
        self.directory, self.account, self.log = directory, account, log
        with open(f"{directory}/crt") as file:
            self.certificate = "".join(file.read().splitlines()[1:-1])
        with open(f"{directory}/password") as file:
            credentials = f"{account}:{file.read().strip()}"
        self.expected = "Basic " + base64.b64encode(credentials.encode()).decode()

    def note(self, line):
        with open(self.log, "a") as file:
            file.write(line + "\n")


if __name__ == "__main__":
    Server(*sys.argv[1:]).serve_forever()
