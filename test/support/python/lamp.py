import json, sys
from gpiozero import LED
lamp = LED(17)
lamp.on()
for line in sys.stdin:
    result = json.loads(line)
    people = [d for d in result.get("detections", []) if d["label"] == "person"]
    lamp.value = len(people) > 0 or result.get("event") == "stale"
