"""A sender of the classic wire from a camera, or from a JPEG or a video file in its place: 95 ms between frames."""

import cv2

from classic_client import Capture, Sender, option_parser


class Endless:
    """A file in a camera's place: a video starts again at its end, a picture repeats."""

    def __init__(self, path):
        self._path = path
        self._picture = cv2.imread(path, cv2.IMREAD_COLOR) if path.lower().endswith((".jpg", ".jpeg")) else None
        self._capture = Capture(path) if self._picture is None else None

    def read(self):
        if self._capture is None:
            return self._picture
        picture = self._capture.read()
        if picture is None:
            self._capture.release()
            self._capture = Capture(self._path)
            picture = self._capture.read()
        return picture

    def release(self):
        if self._capture is not None:
            self._capture.release()


def main():
    parser = option_parser(__doc__, interval=95)
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--device", type=int, default=0, help="number of the camera")
    source.add_argument("--file", help="JPEG or video in place of a camera")
    options = parser.parse_args()

    def open_source():
        return Endless(options.file) if options.file else Capture(options.device, options.size)

    # The published camera client does not wait between its ten tries.
    Sender(options, open_source, connect_pause=0).run()


if __name__ == "__main__":
    main()
