"""Listens where systemd would for word of a service, and prints each as a line of JSON: {"READY": "1"}.

A sender of systemd-notify's waits until its word has been dealt with, for which it hands over a file; --hold keeps it so many
seconds. Another word that comes meanwhile is from a second sender: it is printed as {"overlap": true}.
"""

import argparse
import json
import select
import socket
import time

parser = argparse.ArgumentParser()
parser.add_argument("path")
parser.add_argument("--hold", type=float, default=0)
options = parser.parse_args()


def say(word):
    print(json.dumps(word), flush=True)


listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(options.path)
say({"listening": options.path})
while True:
    data, files, _, _ = socket.recv_fds(listener, 65536, 8)
    lines = dict(line.split("=", 1) for line in data.decode().splitlines())
    if "BARRIER" not in lines:
        say(lines)
        continue
    time.sleep(options.hold)
    if select.select([listener], [], [], 0)[0]:
        say({"overlap": True})
    for file in files:
        socket.close(file)
