"""Writes people-0.jpg, people-1.jpg and people-2.jpg into a folder: drawn figures, as many as the name says, before a plain wall."""

import sys

import cv2
import numpy

# Half of an outline, in pixels from the middle of the head's top; the other half mirrors it.
HALF = [(4, 16), (6, 20), (16, 24), (18, 50), (12, 52), (11, 34), (11, 60), (9, 103), (13, 108), (1, 108), (0, 60)]
OUTLINE = HALF + [(-x, y) for x, y in reversed(HALF)]
DARK = (60, 40, 30)
SCALE = 1.8


def draw_person(picture, x, y):
    points = numpy.array([(x + dx * SCALE, y + dy * SCALE) for dx, dy in OUTLINE], numpy.int32)
    cv2.circle(picture, (x, y + int(10 * SCALE)), int(8 * SCALE), DARK, -1, cv2.LINE_AA)
    cv2.fillPoly(picture, [points], DARK, cv2.LINE_AA)


for count in range(3):
    picture = numpy.full((315, 480, 3), 190, numpy.uint8)
    for i in range(count):
        draw_person(picture, 150 + i * 180, 60)
    cv2.imwrite(f"{sys.argv[1]}/people-{count}.jpg", picture)
