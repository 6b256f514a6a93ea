"""Prints a line for each packet to port 5353 of UDP that leaves this machine through a real interface (packet(7); root only)."""

import select
import socket

ALL_PROTOCOLS = 3
OUTGOING = 4
PORT = 5353
UDP = 17
IPV4, IPV6 = 0x0800, 0x86DD


def find_port(protocol: int, packet: bytes) -> int:
    """The UDP port that the packet goes to; 0: it is none of UDP."""
    if protocol == IPV4 and len(packet) >= 20 and packet[9] == UDP:
        at = (packet[0] & 15) * 4
    elif protocol == IPV6 and len(packet) >= 40 and packet[6] == UDP:
        at = 40
    else:
        return 0
    return int.from_bytes(packet[at + 2 : at + 4], "big")


def main() -> None:
    # A socket for each interface but the loopback, on which the tests send gigabytes.
    sockets = []
    for _, name in socket.if_nameindex():
        if name != "lo":
            one = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ALL_PROTOCOLS))
            one.bind((name, ALL_PROTOCOLS))
            sockets.append(one)
    print(f"watching {len(sockets)}", flush=True)
    while True:
        for one in select.select(sockets, [], [])[0]:
            packet, (name, protocol, kind, _, _) = one.recvfrom(256)
            if kind == OUTGOING and find_port(protocol, packet) == PORT:
                print(f"packet {name}", flush=True)


main()
