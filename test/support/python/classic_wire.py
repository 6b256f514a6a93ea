"""The classic wire as bytes: 64 characters of length, base64 of a JPEG, 64 characters of UTC time."""

import base64
import hashlib
from datetime import datetime, timezone

FIELD = 64


def utc_now():
    """UTC as `YYYY-MM-DD HH:MM:SS.ffffff`."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f")


def field(text):
    """The text as 64 bytes, left-justified, padded with spaces."""
    return text.encode("ascii").ljust(FIELD)


def receive_exactly(connection, count):
    """`count` bytes from the socket, or None where it ends before that."""
    parts = []
    while count > 0:
        part = connection.recv(count)
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def receive_frame(connection):
    """(JPEG bytes, the 64 characters of the send time) of the next frame, or None at the end of the stream."""
    length = receive_exactly(connection, FIELD)
    if length is None:
        return None
    body = receive_exactly(connection, int(length))
    if body is None:
        return None
    time = receive_exactly(connection, FIELD)
    if time is None:
        return None
    return base64.b64decode(body), time.decode("ascii")


def send_frame(connection, jpeg, time, sendall=True):
    """Three writes, as the published clients make them; without `sendall` the body may be cut short, as theirs may."""
    body = base64.b64encode(jpeg)
    connection.sendall(field(str(len(body))))
    if sendall:
        connection.sendall(body)
    else:
        connection.send(body)
    connection.sendall(field(time))


class HashFile:
    """Writes the SHA-256 of each JPEG to a file, one line of hex a frame; does nothing without a path."""

    def __init__(self, path):
        self._file = open(path, "w", encoding="ascii") if path else None

    def add(self, jpeg):
        if self._file:
            self._file.write(hashlib.sha256(jpeg).hexdigest() + "\n")
            self._file.flush()
