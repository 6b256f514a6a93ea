import json
import sys
import cv2
import numpy

people = cv2.HOGDescriptor()
people.setSVMDetector(cv2.HOGDescriptor_getDefaultPeopleDetector())
for line in sys.stdin.buffer:
    frame = json.loads(line)
    jpeg = numpy.frombuffer(sys.stdin.buffer.read(frame["bytes"]), numpy.uint8)
    picture = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    boxes = [] if picture is None else people.detectMultiScale(picture)[0]
    if len(boxes) > 0:
        print(frame["camera"], frame["receivedAt"], len(boxes), "in sight", flush=True)
