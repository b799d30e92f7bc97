"""Frames of HTTP/2 (RFC 9113), with headers as literals (RFC 7541, section 6.2.2)."""
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, CONTINUATION = 0, 1, 3, 4, 6, 9
END_STREAM, END_HEADERS = 1, 4
INITIAL_WINDOW_SIZE = 4


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def settings(window=65535):
    return frame(SETTINGS, 0, 0, struct.pack(">HI", INITIAL_WINDOW_SIZE, window))


def _text(text):
    text = text.encode()
    return (bytes([len(text)]) if len(text) < 127 else bytes([127, len(text) - 127])) + text


def header(name, value):
    return b"\0" + _text(name) + _text(value)


def request(path):
    return (header(":method", "GET") + header(":scheme", "https") + header(":path", path)
            + header(":authority", "localhost"))


def get(stream, path):
    return frame(HEADERS, END_STREAM | END_HEADERS, stream, request(path))


def reset(stream):
    return frame(RST_STREAM, 0, stream, struct.pack(">I", 8))
