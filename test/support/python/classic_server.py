"""A receiver of the classic wire: one client at a time, decodes each frame to colour, prints its times."""

import argparse
import json
import socket
import sys
import time

import cv2
import numpy

from classic_wire import HashFile, receive_frame, utc_now


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="localhost")
    parser.add_argument("--port", type=int, default=8080, help="0: any free port; `listening PORT` says which")
    parser.add_argument("--once", action="store_true", help="end after the first client")
    parser.add_argument("--window", action="store_true", help="show the frames in a window titled `image`")
    parser.add_argument("--hashes", metavar="FILE", help="write the SHA-256 of each JPEG, one a line")
    parser.add_argument("--quiet", action="store_true", help="no lines for each frame")
    parser.add_argument("--summary", action="store_true", help="a JSON line with frames and seconds after each client")
    return parser.parse_args()


def handle_frame(frame, options):
    """Prints the times of one frame and decodes it to a colour picture."""
    jpeg, sent = frame
    if not options.quiet:
        print("send time: " + sent)
        print("receive time: " + utc_now(), flush=True)
    picture = cv2.imdecode(numpy.frombuffer(jpeg, numpy.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        sys.exit("cannot decode a frame of %d bytes: not a JPEG" % len(jpeg))
    if options.window:
        cv2.imshow("image", picture)
        cv2.waitKey(1)
    return picture


def serve_client(connection, options, hashes):
    """Handles frames until the client goes; seconds run from its first whole frame's arrival to its last decode."""
    frames = 0
    started = ended = time.monotonic()
    size = None
    while (frame := receive_frame(connection)) is not None:
        if frames == 0:
            started = time.monotonic()
        hashes.add(frame[0])
        picture = handle_frame(frame, options)
        size = [picture.shape[1], picture.shape[0]]
        frames += 1
        ended = time.monotonic()
    if options.window and frames > 0:
        cv2.destroyAllWindows()
        cv2.waitKey(1)
    if options.summary:
        print(json.dumps({"frames": frames, "seconds": round(ended - started, 6), "size": size}), flush=True)


def main():
    options = parse_arguments()
    hashes = HashFile(options.hashes)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((options.host, options.port))
        listener.listen(1)
        print("listening %d" % listener.getsockname()[1], file=sys.stderr, flush=True)
        while True:
            connection, _ = listener.accept()
            with connection:
                try:
                    serve_client(connection, options, hashes)
                except ConnectionResetError:
                    print("client reset the connection", file=sys.stderr, flush=True)
            if options.once:
                break


if __name__ == "__main__":
    main()
