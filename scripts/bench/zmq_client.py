"""The sending end of request and reply over ZeroMQ: COUNT times the next picture of a folder, and its answer.

Arguments: PORT COUNT INTERVAL FOLDER; the interval from picture to picture in seconds, 0 for none.
"""

import pathlib
import sys
import time

import zmq


def main():
    port, count, interval, folder = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
    pictures = [path.read_bytes() for path in sorted(pathlib.Path(folder).iterdir())]
    socket = zmq.Context().socket(zmq.REQ)
    socket.connect(f"tcp://127.0.0.1:{port}")
    due = time.monotonic()
    for number in range(count):
        socket.send_json({"name": "bench"}, zmq.SNDMORE)
        socket.send(pictures[number % len(pictures)], copy=False)
        assert socket.recv() == b"OK"
        if interval > 0:
            due += interval
            time.sleep(max(0, due - time.monotonic()))


if __name__ == "__main__":
    main()
