"""A detector that finds one thing in every picture after a sleep, and says how long it slept in ms."""
import json
import sys
import time

seconds = float(sys.argv[1])
for line in sys.stdin.buffer:
    frame = json.loads(line)
    sys.stdin.buffer.read(frame["bytes"])
    started = time.perf_counter()
    time.sleep(seconds)
    slept = (time.perf_counter() - started) * 1000
    found = [{"label": "person", "confidence": 0.9, "box": [1, 2, 30, 40]}]
    print(json.dumps({"sequence": frame["sequence"], "slept": slept, "detections": found}), flush=True)
