"""Writes the pictures of a folder back to back to standard output, which is a pipe, one every INTERVAL seconds; 0: as fast as they are read.

Arguments: SECONDS INTERVAL FOLDER. Their pages go into the pipe as they are, without a copy: it is to take as little of a core as may be.
Standard error gets a line, `fed NUMBER`, after every twenty.
"""

import os
import pathlib
import sys
import time


def main():
    seconds, interval, folder = float(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
    pictures = [(os.open(path, os.O_RDONLY), path.stat().st_size) for path in sorted(pathlib.Path(folder).iterdir())]
    due = time.monotonic()
    end = due + seconds
    number = 0
    while time.monotonic() < end:
        picture, size = pictures[number % len(pictures)]
        at = 0
        while at < size:
            at += os.splice(picture, 1, size - at, offset_src=at)
        number += 1
        if number % 20 == 0:
            print(f"fed {number}", file=sys.stderr, flush=True)
        due += interval
        if interval > 0:
            time.sleep(max(0, due - time.monotonic()))


if __name__ == "__main__":
    main()
