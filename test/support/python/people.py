import json, sys
import cv2, numpy

people = cv2.HOGDescriptor()
people.setSVMDetector(cv2.HOGDescriptor_getDefaultPeopleDetector())
for line in sys.stdin.buffer:
    frame = json.loads(line)
    jpeg = numpy.frombuffer(sys.stdin.buffer.read(frame["bytes"]), numpy.uint8)
    picture = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    boxes, scores = ([], []) if picture is None else people.detectMultiScale(picture)
    found = []
    for box, score in zip(boxes, numpy.ravel(scores)):
        found.append({"label": "person", "confidence": min(1, float(score)), "bbox": box.tolist()})
    print(json.dumps({"sequence": frame["sequence"], "detections": found}), flush=True)
