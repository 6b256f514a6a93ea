"""The sending end of imageZMQ's two patterns: a JSON header, and a JPEG behind it.

Arguments: PATTERN PORT SECONDS INTERVAL SOURCE; the pattern is `reply` or `publish`, the interval from picture to picture is in
seconds, 0 for none; the source is a folder of JPEGs or a video file.
"""

import sys
import time

import zmq
from pictures import play


def main():
    pattern, port, seconds, interval, source = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]), sys.argv[5]
    # XPUB is PUB that says when the subscriber is there: what is published before that goes nowhere.
    socket = zmq.Context().socket(zmq.XPUB if pattern == "publish" else zmq.REQ)
    socket.connect(f"tcp://127.0.0.1:{port}")
    if pattern == "publish":
        socket.recv()

    def send(name, jpeg):
        socket.send_json({"msg": name}, zmq.SNDMORE)
        socket.send(jpeg, copy=False)
        if pattern == "reply":
            assert socket.recv() == b"OK"

    due = end = None
    for jpeg in play(source):
        now = time.monotonic()
        if end is None:
            # The time until there is a first picture does not count.
            due, end = now, now + seconds
        elif now >= end:
            break
        send("bench", jpeg)
        if interval > 0:
            due += interval
            time.sleep(max(0, due - time.monotonic()))
    send("end", b"")
    # A publisher with a full queue drops the end, too. The bench stops it earlier.
    for _ in range(100 if pattern == "publish" else 0):
        time.sleep(0.1)
        send("end", b"")


if __name__ == "__main__":
    main()
