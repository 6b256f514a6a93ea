"""The receiving end of request and reply over ZeroMQ: each picture is answered before the next one comes.

Prints `listening PORT`, and after the last of COUNT pictures a line of JSON.
"""

import json
import sys
import time

import zmq


def main():
    count = int(sys.argv[1])
    socket = zmq.Context().socket(zmq.REP)
    port = socket.bind_to_random_port("tcp://127.0.0.1")
    print(f"listening {port}", flush=True)
    received = 0
    for number in range(count):
        header = socket.recv_json()
        picture = socket.recv(copy=False)
        socket.send(b"OK")
        if number == 0:
            started = time.monotonic()
        assert header["name"] == "bench"
        received += len(picture)
    seconds = time.monotonic() - started
    print(json.dumps({"seconds": seconds, "bytes": received}), flush=True)
    socket.close(linger=1000)


if __name__ == "__main__":
    main()
