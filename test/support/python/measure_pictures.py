"""Prints one JSON object for each picture of a folder, in the order of their names: what OpenCV decodes it to."""

import argparse
import json
import os

import cv2
import numpy


def read_video(path):
    """Every picture of a video file; a file of JPEGs back to back is one too."""
    capture = cv2.VideoCapture(path)
    pictures = []
    while True:
        is_read, picture = capture.read()
        if not is_read:
            return pictures
        pictures.append(picture)


def find_nearest(picture, references):
    """The index of the reference that is least different, with the mean difference of a channel (0 to 255)."""
    differences = [float(cv2.absdiff(picture, reference).mean()) for reference in references]
    best = int(numpy.argmin(differences))
    return {"nearest": best, "difference": differences[best]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--reference", help="a video file to compare each picture with the pictures of")
    arguments = parser.parse_args()
    references = read_video(arguments.reference) if arguments.reference else []
    resized = {}
    for name in sorted(os.listdir(arguments.folder)):
        picture = cv2.imread(os.path.join(arguments.folder, name), cv2.IMREAD_COLOR)
        height, width = picture.shape[:2]
        means, deviations = cv2.meanStdDev(picture)
        facts = {
            "width": width,
            "height": height,
            "mean": [float(mean) for mean in means.flat],
            "deviation": float(deviations.max()),
        }
        if references:
            if (width, height) not in resized:
                size = (width, height)
                resized[size] = [cv2.resize(item, size, interpolation=cv2.INTER_AREA) for item in references]
            facts.update(find_nearest(picture, resized[width, height]))
        print(json.dumps(facts))


if __name__ == "__main__":
    main()
