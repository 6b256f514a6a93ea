"""The calls of OpenCV that the Python scripts make, without a network: one process for each core.

Arguments: FILE SECONDS. Prints the frames per second of all processes together.
"""

import multiprocessing
import os
import sys
import time

from pictures import make_decoder, play


def loop(file, seconds, ready, rates):
    decode = make_decoder()
    pictures = play(file)
    decode(next(pictures))
    ready.wait()
    started = time.monotonic()
    frames = 0
    while time.monotonic() - started < seconds:
        decode(next(pictures))
        frames += 1
    rates.put(frames / (time.monotonic() - started))


def main():
    file, seconds = sys.argv[1], float(sys.argv[2])
    workers = len(os.sched_getaffinity(0))
    ready = multiprocessing.Barrier(workers)
    rates = multiprocessing.Queue()
    processes = [
        multiprocessing.Process(target=loop, args=(file, seconds, ready, rates), daemon=True) for _ in range(workers)
    ]
    for process in processes:
        process.start()
    print(sum(rates.get(timeout=seconds + 60) for _ in processes))


if __name__ == "__main__":
    main()
