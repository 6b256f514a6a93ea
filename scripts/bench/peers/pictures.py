"""Pictures for the other programs of the bench: JPEGs of a folder, or a video by the calls of OpenCV that the Python scripts make."""

import pathlib

SIZE = (480, 315)
QUALITY = 90


def play(source):
    """JPEGs without end: those of a folder, from memory, or those made of each frame of a video file."""
    return play_folder(source) if pathlib.Path(source).is_dir() else play_video(source)


def play_folder(folder):
    pictures = [path.read_bytes() for path in sorted(pathlib.Path(folder).iterdir())]
    while True:
        yield from pictures


def play_video(file):
    # Only needed here: Python without OpenCV can play a folder.
    import cv2

    while True:
        capture = cv2.VideoCapture(file)
        while True:
            good, picture = capture.read()
            if not good:
                break
            picture = cv2.resize(picture, SIZE, interpolation=cv2.INTER_AREA)
            yield cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
        capture.release()


def make_decoder():
    """A function that decodes a JPEG to a colour picture."""
    import cv2
    import numpy

    return lambda jpeg: cv2.imdecode(numpy.frombuffer(jpeg, numpy.uint8), cv2.IMREAD_COLOR)
