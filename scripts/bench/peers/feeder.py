"""Writes the pictures of a folder back to back to standard output, which is a pipe, one every INTERVAL seconds; 0: as fast as they are read.
In the first WARM_UP seconds it writes 500 a second.

Arguments: SECONDS INTERVAL WARM_UP FOLDER. The pages go into the pipe as they are, without a copy: it is to take as little of a core as may be.
Standard error gets a line, `fed NUMBER`, after every twenty.
"""

import os
import pathlib
import sys
import time


WARM_UP_INTERVAL = 1 / 500


def main():
    seconds, interval, warm_up, folder = float(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
    pictures = [(os.open(path, os.O_RDONLY), path.stat().st_size) for path in sorted(pathlib.Path(folder).iterdir())]
    due = time.monotonic()
    start = due
    end = start + seconds
    number = 0
    while time.monotonic() < end:
        picture, size = pictures[number % len(pictures)]
        at = 0
        while at < size:
            at += os.splice(picture, 1, size - at, offset_src=at)
        number += 1
        if number % 20 == 0:
            print(f"fed {number}", file=sys.stderr, flush=True)
        now = time.monotonic()
        if now - start < warm_up:
            due = now + WARM_UP_INTERVAL
        else:
            due += interval
        if interval > 0:
            time.sleep(max(0, due - now))


if __name__ == "__main__":
    main()
