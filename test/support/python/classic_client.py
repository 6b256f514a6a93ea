"""Shared by the two senders of the classic wire: options, the connect counter, and the loop over a source's frames."""

import argparse
import json
import socket
import sys
import time

import cv2

from classic_wire import HashFile, send_frame, utc_now

CONNECT_TRIES = 10


def parse_size(text):
    """`WIDTHxHEIGHT` in pixels as (width, height)."""
    width, _, height = text.partition("x")
    return int(width), int(height)


def option_parser(description, interval):
    """The options of both clients; `interval` is the default sleep after each frame in ms."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--host", default="localhost")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--frames", type=int, default=0, help="end after N frames in all; 0: never")
    parser.add_argument("--interval", type=float, default=interval, help="sleep after each frame in ms")
    parser.add_argument("--size", type=parse_size, default=(480, 315), metavar="WIDTHxHEIGHT")
    parser.add_argument("--quality", type=int, default=90)
    parser.add_argument("--sendall", action=argparse.BooleanOptionalAction, default=True,
                        help="--no-sendall: one send() for the body, which may cut it short, as published")
    parser.add_argument("--hashes", metavar="FILE", help="write the SHA-256 of each JPEG, one a line")
    parser.add_argument("--quiet", action="store_true", help="no line for each frame")
    parser.add_argument("--summary", action="store_true", help="a JSON line with frames and seconds at the end")
    return parser


class Sender:
    """Connects, sends a source's frames, and starts again after a failure until the frames asked for are sent."""

    def __init__(self, options, open_source, connect_pause, once=False):
        """`open_source()` gives an object with read() -> picture or None, and release(); `connect_pause` is in s."""
        self._options = options
        self._open_source = open_source
        self._connect_pause = connect_pause
        self._once = once
        self._hashes = HashFile(options.hashes)
        self._total = 0
        self._seconds = 0.0

    def run(self):
        while True:
            connection = self._connect()
            try:
                with connection:
                    if self._send_source(connection):
                        break
            except OSError as error:
                print("send failed: %s" % error, file=sys.stderr, flush=True)
            time.sleep(1)
        if self._options.summary:
            print(json.dumps({"frames": self._total, "seconds": round(self._seconds, 6)}), flush=True)

    def _connect(self):
        """A connected socket; ends the program, with status 0 as published, after ten failures in a row."""
        for attempt in range(1, CONNECT_TRIES + 1):
            connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            try:
                connection.connect((self._options.host, self._options.port))
                return connection
            except OSError as error:
                connection.close()
                print("connect failed (%d): %s" % (attempt, error), file=sys.stderr, flush=True)
            if attempt < CONNECT_TRIES:
                time.sleep(self._connect_pause)
        print("Connect fail %d times. exit program" % CONNECT_TRIES, flush=True)
        sys.exit(0)

    def _send_source(self, connection):
        """Sends until the frames asked for are sent (True) or the source has ended (True with `once`, else False)."""
        source = self._open_source()
        started = time.monotonic()
        try:
            return self._send_frames(connection, source)
        finally:
            self._seconds += time.monotonic() - started
            source.release()

    def _send_frames(self, connection, source):
        number = 0
        while not self._options.frames or self._total < self._options.frames:
            picture = source.read()
            if picture is None:
                return self._once
            picture = cv2.resize(picture, self._options.size, interpolation=cv2.INTER_AREA)
            sent = utc_now()
            _, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, self._options.quality])
            jpeg = jpeg.tobytes()
            self._hashes.add(jpeg)
            send_frame(connection, jpeg, sent, self._options.sendall)
            if not self._options.quiet:
                print("send images %d" % number, flush=True)
            number += 1
            self._total += 1
            if self._options.interval > 0:
                time.sleep(self._options.interval / 1000)
        return True


class Capture:
    """An OpenCV capture of a device or a file; raises where it does not open."""

    def __init__(self, name, size=None):
        """`size` (width, height) in pixels is asked of a device, which may answer with another."""
        self._capture = cv2.VideoCapture(name)
        if not self._capture.isOpened():
            sys.exit("cannot open %s: no such camera or video" % name)
        if size is not None:
            self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
            self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])

    def read(self):
        """The next picture, or None at the end."""
        good, picture = self._capture.read()
        return picture if good else None

    def release(self):
        self._capture.release()
