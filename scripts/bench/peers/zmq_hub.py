"""The receiving end of imageZMQ's two patterns.

Arguments: PATTERN, which is `reply` or `publish`, and `decode` to decode each picture before it is answered.
Prints `listening PORT`, `first` at the first picture, and a line of JSON at the end.
"""

import json
import sys
import time

import zmq
from pictures import make_decoder


def main():
    pattern = sys.argv[1]
    decode = make_decoder() if "decode" in sys.argv[2:] else len
    socket = zmq.Context().socket(zmq.SUB if pattern == "publish" else zmq.REP)
    # With publishing imageZMQ has the sender bind and the hub connect. The way round makes no difference to the speed.
    port = socket.bind_to_random_port("tcp://127.0.0.1")
    if pattern == "publish":
        socket.subscribe(b"")
    print(f"listening {port}", flush=True)
    frames = 0
    started = ended = time.monotonic()
    while True:
        header = socket.recv_json()
        picture = socket.recv(copy=False)
        if header["msg"] == "end":
            break
        if frames == 0:
            print("first", flush=True)
            started = time.monotonic()
        decode(picture)
        if pattern == "reply":
            socket.send(b"OK")
        frames += 1
        ended = time.monotonic()
    if pattern == "reply":
        socket.send(b"OK")
    print(json.dumps({"frames": frames, "seconds": ended - started}), flush=True)
    socket.close(linger=1000)


if __name__ == "__main__":
    main()
