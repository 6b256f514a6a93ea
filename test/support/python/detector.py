import fcntl, json, sys
try:
    fcntl.fcntl(0, 1031, 4096)  # F_SETPIPE_SZ: makes the pipe short
except OSError:
    pass  # it is no pipe, or they are there already
import cv2, numpy

people = cv2.HOGDescriptor()
people.setSVMDetector(cv2.HOGDescriptor_getDefaultPeopleDetector())
for line in sys.stdin.buffer:
    frame = json.loads(line)
    jpeg = numpy.frombuffer(sys.stdin.buffer.read(frame["bytes"]), numpy.uint8)
    picture = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    boxes = [] if picture is None else people.detectMultiScale(picture)[0]
    if len(boxes) > 0:
        print(frame["camera"], frame["receivedAt"], len(boxes), "in sight", flush=True)
