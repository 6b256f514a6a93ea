"""A sender of the classic wire from a video file: 20 ms between frames, one connection for each run of the file."""

from classic_client import Capture, Sender, option_parser


def main():
    parser = option_parser(__doc__, interval=20)
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--once", action="store_true", help="end at the end of the file")
    options = parser.parse_args()
    Sender(options, lambda: Capture(options.file), connect_pause=1, once=options.once).run()


if __name__ == "__main__":
    main()
