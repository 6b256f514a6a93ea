"""A detector for tests: it answers as its first argument says, and encodes the frame's number in its box."""
import json
import os
import sys
import time

mode = sys.argv[1] if len(sys.argv) > 1 else "good"
seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 0
out = sys.stdout


def answer(frame, **more):
    n = frame["sequence"] % 1000
    box = [n % 32, n // 32, n % 32 + 1, n // 32 + 1]
    result = {"detections": [{"label": "thing", "confidence": 0.5, "box": box}], **more}
    print(json.dumps(result), file=out, flush=True)


held = []
for line in sys.stdin.buffer:
    frame = json.loads(line)
    jpeg = sys.stdin.buffer.read(frame["bytes"])
    time.sleep(seconds)
    place = {"stream": frame["stream"], "sequence": frame["sequence"]}
    if mode == "good":
        answer(frame)
    elif mode == "named":
        answer(frame, **place)
    elif mode == "large":  # boxes that can be seen on a page
        n = frame["sequence"] % 100
        box = [4 * n, 40 + 2 * n, 4 * n + 40, 80 + 2 * n]
        print(json.dumps({"detections": [{"label": "<b>" + str(n) + "</b>", "confidence": 0.5, "box": box}]}), flush=True)
    elif mode == "reversed":  # pairs of frames, the second first
        held.append((frame, place))
        if len(held) == 2:
            for one, its_place in reversed(held):
                answer(one, **its_place)
            held.clear()
    elif mode == "twice":
        answer(frame)
        answer(frame)
    elif mode == "unknown":
        answer(frame, stream="nobody", sequence=10**9)
        answer(frame, **place)
    elif mode == "chatty":
        print("loading the model...", flush=True)
        answer(frame)
    elif mode == "dies":
        sys.exit("out of memory")
    elif mode == "hangs":
        time.sleep(1000)
    elif mode == "flood":
        for _ in range(20):
            os.write(1, b"x\n" * 1000)
        answer(frame)
    elif mode == "endless":
        for _ in range(100):
            os.write(1, b"x" * 1_000_000)
        os.write(1, b"\n")
        answer(frame)
