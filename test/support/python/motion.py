import json, sys
import cv2, numpy

last = {}
for line in sys.stdin.buffer:
    frame = json.loads(line)
    jpeg = numpy.frombuffer(sys.stdin.buffer.read(frame["bytes"]), numpy.uint8)
    picture, found = cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE), []
    if picture is not None:
        picture = cv2.GaussianBlur(picture, (9, 9), 0)
        before = last.get(frame["camera"])
        if before is not None and before.shape == picture.shape:
            moved = cv2.threshold(cv2.absdiff(before, picture), 25, 255, cv2.THRESH_BINARY)[1]
            shapes = cv2.findContours(moved, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]
            boxes = [cv2.boundingRect(shape) for shape in shapes]
            found = [{"label": "motion", "bbox": box} for box in boxes if box[2] * box[3] > 400]
        last[frame["camera"]] = picture
    print(json.dumps({"sequence": frame["sequence"], "detections": found}), flush=True)
