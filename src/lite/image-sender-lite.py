#!/usr/bin/env python3
"""Sends the pictures of a camera to image-receiver, with Python's standard library alone.

For machines that cannot run image-sender, such as a Raspberry Pi 1, Zero or Zero W. Needs Python
3.7 or newer. Speaks wire 2, which src/protocol/README.md of image-socket specifies.

One thread does everything that lasts, with poll. Only a connect has a thread of its own, as a
look-up of a name cannot be interrupted. Nothing waits without a time-out: the loop looks at its
clocks four times a second.
"""
import argparse
import base64
import collections
import errno
import hashlib
import hmac
import os
import random
import re
import select
import shutil
import signal
import socket
import ssl
import stat
import struct
import subprocess
import sys
import threading
import time
import unicodedata

PROGRAM = 'image-sender-lite'
VERSION = '0.1.0'

EXIT_CODES = {
    'FAULT': 1, 'BAD_OPTION': 2, 'SOURCE_FAILED': 3, 'CONNECT_FAILED': 4, 'REJECTED': 4,
    'UNTRUSTED': 4, 'TLS_UNUSABLE': 9,
}

# Wire 2.
MAGIC = b'\xab\x49\x53\x02'
HEADER_BYTES = 12
MAX_CONTROL_BYTES = 1024
MAX_NAME_BYTES = 64
MAX_TOKEN_BYTES = 512
MIN_TOKEN_BYTES = 8
MAX_NUMBER = 2 ** 53 - 1
UNKNOWN_LATENCY = -2 ** 63

# The id of the system, and the serial number of the board.
SYSTEM_IDS = ('/etc/machine-id', '/var/lib/dbus/machine-id')
BOARD_SERIAL = '/sys/firmware/devicetree/base/serial-number'
ANSWERS = ('WELC', 'ACKN', 'skip', 'ping', 'FAIL')

# Seconds, as image-sender has them.
LOOK = 0.25
FIRST_RETRY, RETRY_GROWTH, MAX_RETRY, RETRY_JITTER, MIN_RETRY = 1.0, 1.3, 1.5, 0.25, 0.25
QUICK_RETRY = 0.2
ACKNOWLEDGEMENT_PATIENCE = 5
HANG = 10
STEADY = 10
FIRST_RESTART, MAX_RESTART = 1, 30
KILL_AFTER = 1
LEAVE = 2
MAX_STARTS_WITHOUT_PICTURE = 4

IN_FLIGHT = 2
CHUNK_BYTES = 65536
WRITES_PER_TURN = 32
MAX_BYTES_WITHOUT_PICTURE = 2 ** 24
MAX_SEARCHES = 8
LAST_WORDS_BYTES = 512
MAX_FILE_BYTES = 2 ** 20
LINES_PER_MINUTE = 20


class Failure(Exception):
    """An expected failure: a code for scripts, and one line for people."""

    def __init__(self, code, message, advice=''):
        super().__init__(message)
        self.code = code
        self.advice = advice


class Mismatch(Failure):
    """Another program than a receiver answers. The message says what to do."""

    def __init__(self, message):
        super().__init__('CONNECT_FAILED', message)


def plain(text):
    """The text without the characters that a terminal would obey, and on one line."""
    return ''.join('?' if is_unprintable(char) else char for char in text)


def is_unprintable(char):
    return unicodedata.category(char)[0] == 'C' or unicodedata.category(char) in ('Zl', 'Zp')


def counted(number, word):
    return '1 ' + word if number == 1 else '{} {}s'.format(number, word)


def show_bytes(size):
    for unit, least in (('GB', 1e9), ('MB', 1e6), ('kB', 1e3)):
        if size >= least:
            return '{:.1f} {}'.format(size / least, unit)
    return '{} B'.format(size)


def is_power_of_two(number):
    return number & (number - 1) == 0


class Log:
    """Lines on standard error. Lines of one kind are limited, so that no fault fills a disk."""

    def __init__(self):
        self.kinds = {}

    def say(self, line, kind=None):
        held = ''
        if kind is not None:
            now = time.monotonic()
            since, lines, hidden = self.kinds.get(kind, (now, 0, 0))
            if now - since > 60:
                since, lines = now, 0
            if lines >= LINES_PER_MINUTE:
                self.kinds[kind] = since, lines, hidden + 1
                return
            if hidden > 0:
                held = ' (and {} more like it before)'.format(hidden)
            self.kinds[kind] = since, lines + 1, 0
        poll = select.poll()
        poll.register(2, select.POLLOUT)
        # If nobody reads it, the line is lost: the pictures are more important.
        if poll.poll(0):
            try:
                os.write(2, '{}: {}{}\n'.format(PROGRAM, plain(line), held).encode())
            except OSError:
                pass


# ---------------------------------------------------------------------------------------- JPEG

# Within the data of a scan, FF is followed by 00 or by a restart marker (ITU-T T.81, B.1.1.5).
END_OF_DATA = re.compile(rb'\xff[^\x00\xd0-\xd7\xff]')
SOI, EOI, SOS, DHT = 0xd8, 0xd9, 0xda, 0xc4

# The Huffman tables of a JPEG without any (ITU-T T.81, tables K.3 to K.6).
STANDARD_TABLES = base64.b64decode(
    '/8QBogAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoLAQADAQEBAQEBAQEBAAAAAAAAAQIDBAUGBwgJCgsQAAIBAwMC'
    'BAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNE'
    'RUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TF'
    'xsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+hEAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMi'
    'MoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3'
    'eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP0'
    '9fb3+Pn6')


class Torn(Exception):
    """The bytes from the SOI on are no whole JPEG."""

    def __init__(self, code, reason, length=2):
        super().__init__(reason)
        self.code = code
        self.length = length


class Scan:
    """How far one JPEG was followed."""

    __slots__ = ('position', 'is_data', 'size', 'scan_at', 'has_tables', 'is_arithmetic')

    def __init__(self):
        self.position = 2
        self.is_data = False
        self.size = None
        self.scan_at = 0
        self.has_tables = False
        self.is_arithmetic = False

    def follow(self, buffer, start, end):
        """Follows buffer[start:end]. Returns the length of the JPEG, or 0: more is needed."""
        while True:
            at = start + self.position
            if self.is_data:
                found = END_OF_DATA.search(buffer, at, end)
                if found is None:
                    self.position = max(self.position, end - start - 1)
                    return 0
                at = found.start()
                self.position = at - start
                self.is_data = False
            if at + 2 > end:
                return 0
            code = buffer[at + 1]
            if buffer[at] != 0xff:
                raise broken('there is no marker at byte {}'.format(self.position))
            if code == 0xff:
                self.position += 1
            elif code == EOI:
                if self.size is None or self.scan_at == 0:
                    raise broken('it ends before its picture')
                return self.position + 2
            elif code == SOI:
                raise Torn('TORN_FRAME', 'a JPEG is torn, and another begins', self.position)
            elif code == 0x01 or 0xd0 <= code <= 0xd7:
                self.position += 2
            elif not self.step(code, buffer, at, end):
                return 0

    def step(self, code, buffer, at, end):
        """Steps over a segment. False: more is needed."""
        is_frame_header = 0xc0 <= code <= 0xcf and code not in (0xc4, 0xc8, 0xcc)
        if not (is_frame_header or code in (DHT, 0xcc, 0xfe) or 0xda <= code <= 0xdd
                or 0xe0 <= code <= 0xef):
            raise broken('there is no marker that may stand at byte {}'.format(self.position))
        if at + 4 > end:
            return False
        length = buffer[at + 2] << 8 | buffer[at + 3]
        if length < (7 if is_frame_header else 2):
            raise broken('the segment at byte {} is too short'.format(self.position + 2))
        if is_frame_header:
            if at + 9 > end:
                return False
            self.read_size(code, buffer, at)
        elif code == SOS:
            if self.size is None:
                raise broken('a scan comes before its frame header')
            if length > 14 or buffer.find(b'\xff', at + 2, min(end, at + 2 + length)) >= 0:
                raise broken('the header of the scan at byte {} is none'.format(self.position + 2))
            if at + 2 + length > end:
                return False
            self.scan_at = self.scan_at or self.position
            self.is_data = True
        elif code == DHT and self.scan_at == 0:
            self.has_tables = True
        self.position += 2 + length
        return True

    def read_size(self, code, buffer, at):
        if self.size is not None:
            raise broken('it has two frame headers')
        height, width = struct.unpack_from('>HH', buffer, at + 5)
        if width == 0 or height == 0:
            raise broken('its frame header says {}x{}'.format(width, height))
        self.size = width, height
        self.is_arithmetic = code > 0xc8


def broken(reason):
    return Torn('NOT_JPEG', 'a JPEG is broken: ' + reason)


class Frame:
    """A picture: views of the bytes that were read, never copies; both clocks, microseconds."""

    __slots__ = ('sequence', 'wall_us', 'monotonic_us', 'width', 'height', 'parts', 'bytes',
                 'was_sent')

    def __init__(self, size, parts, time_us):
        self.sequence = 0
        self.was_sent = False
        self.width, self.height = size
        self.parts = parts
        self.bytes = sum(len(part) for part in parts)
        self.wall_us, self.monotonic_us = time_us


def read_clocks():
    return time.time_ns() // 1000, time.monotonic_ns() // 1000


class NoPictures(Exception):
    """The stream will not give pictures. The message says what it gives in their place."""


class Splitter:
    """Finds the JPEGs that come back to back from a descriptor. Holds one of them at a time."""

    def __init__(self, limits, skipped):
        self.max_bytes, self.max_size = limits
        self.skipped = skipped
        self.buffer = bytearray(CHUNK_BYTES)
        # The current JPEG, or what may be one, is buffer[start:end].
        self.start = self.end = 0
        self.scan = None
        self.searches = 0
        self.begun = read_clocks()
        self.head = b''
        self.barren = 0

    def read(self, descriptor):
        """Reads what is there, 64 KiB at most. Returns its frames; None: the stream has ended."""
        self.make_room()
        with memoryview(self.buffer) as view:
            count = os.readv(descriptor, [view[self.end:self.end + CHUNK_BYTES]])
        if count == 0:
            return None
        now = read_clocks()
        if self.scan is None:
            self.begun = now
        if len(self.head) < 4:
            self.head += bytes(self.buffer[self.end:self.end + min(count, 4 - len(self.head))])
            if re.match(rb'\x00\x00(\x00\x01|\x01.)', self.head, re.DOTALL):
                raise NoPictures('H.264, and JPEGs are needed')
        self.end += count
        frames = self.split(now)
        self.barren = 0 if frames else self.barren + count
        most = max(MAX_BYTES_WITHOUT_PICTURE, self.max_bytes)
        if self.barren > most:
            raise NoPictures('no picture, which must come within {} bytes'.format(most))
        return frames

    def finish(self):
        """The stream has ended. Returns the pictures that a torn one at its end had swallowed."""
        frames = []
        while self.scan is not None:
            self.drop_torn(Torn('TORN_FRAME', 'the end came within a JPEG'))
            frames += self.split(self.begun)
        if self.end > self.start:
            self.skip(self.end - self.start, 'NOT_JPEG', 'no JPEG begins in them')
        return frames

    def make_room(self):
        if len(self.buffer) - self.end >= CHUNK_BYTES // 4:
            return
        held = self.end - self.start
        size = len(self.buffer)
        while size - held < CHUNK_BYTES:
            size *= 2
        self.renew(min(size, self.max_bytes + 2 * CHUNK_BYTES))

    def renew(self, size):
        """Goes on in another buffer, with the bytes that are not done with."""
        fresh = bytearray(size)
        with memoryview(self.buffer) as view:
            fresh[:self.end - self.start] = view[self.start:self.end]
        self.buffer, self.start, self.end = fresh, 0, self.end - self.start

    def split(self, now):
        frames = []
        while self.scan is not None or self.find_start():
            try:
                length = self.scan.follow(self.buffer, self.start, self.end)
                if length == 0:
                    if self.end - self.start <= self.max_bytes:
                        break
                    reason = 'a JPEG must be <= {} bytes: it goes on'.format(self.max_bytes)
                    raise Torn('FRAME_TOO_LONG', reason, self.end - self.start)
            except Torn as torn:
                self.drop_torn(torn)
            else:
                frames += self.take(length)
            self.begun = now
        return frames

    def find_start(self):
        found = self.buffer.find(b'\xff\xd8\xff', self.start, self.end)
        # The last two bytes may begin an SOI.
        at = found if found >= 0 else max(self.start, self.end - 2)
        if at > self.start:
            self.skip(at - self.start, 'NOT_JPEG', 'no JPEG begins in them')
        if found < 0:
            return False
        self.scan = Scan()
        return True

    def drop_torn(self, torn):
        """Another JPEG may begin in the bytes that the torn one took for its segments."""
        self.searches += 1
        length = torn.length
        if self.searches > MAX_SEARCHES:
            length = max(length, min(self.scan.position, self.end - self.start))
        self.scan = None
        self.skip(length, torn.code, str(torn))

    def skip(self, length, code, reason):
        self.skipped(length, code, reason)
        self.start += length

    def take(self, length):
        scan, self.scan, self.searches = self.scan, None, 0
        (width, height), (max_width, max_height) = scan.size, self.max_size
        if length > self.max_bytes:
            reason = 'a JPEG must be <= {} bytes: it has {}'.format(self.max_bytes, length)
            self.skip(length, 'FRAME_TOO_LONG', reason)
            return []
        if width > max_width or height > max_height:
            reason = 'the size of a JPEG must be <= {}x{}: it is {}x{}'
            self.skip(length, 'PICTURE_TOO_LARGE',
                      reason.format(max_width, max_height, width, height))
            return []
        jpeg = self.hand_over(length)
        parts = [jpeg]
        if not scan.has_tables and not scan.is_arithmetic:
            parts = [jpeg[:scan.scan_at], memoryview(STANDARD_TABLES), jpeg[scan.scan_at:]]
        return [Frame(scan.size, parts, self.begun)]

    def hand_over(self, length):
        """The buffer goes with a picture that is most of it; a small picture is copied."""
        at, self.start = self.start, self.start + length
        rest = self.end - self.start
        if length < max(rest, len(self.buffer) // 2):
            return memoryview(bytes(self.buffer[at:self.start]))
        jpeg = memoryview(self.buffer)[at:self.start]
        self.renew(max(CHUNK_BYTES, rest + min(length + length // 4, self.max_bytes) + 4096))
        return jpeg


class SkipCount:
    """Counts what a source gave that cannot be sent, and says so at the 1st, 2nd, 4th ... time."""

    OPTIONS = {'FRAME_TOO_LONG': ' (--max-frame)', 'PICTURE_TOO_LARGE': ' (--max-size)'}

    def __init__(self, log, where):
        self.log = log
        self.where = where
        self.pieces = self.bytes = 0
        self.reason = ''

    def add(self, length, code, reason):
        self.pieces += 1
        self.bytes += length
        self.reason = reason
        if not is_power_of_two(self.pieces):
            return
        so_far = '' if self.pieces == 1 else '; {} pieces, {} bytes, so far'.format(
            self.pieces, self.bytes)
        self.log.say('skipped {} bytes of {}: {}{} [{}]{}'.format(
            length, self.where, reason, self.OPTIONS.get(code, ''), code, so_far))


# ------------------------------------------------------------------------------------- sources

class Pipe:
    """JPEGs back to back on standard input."""

    EXAMPLE = 'rpicam-vid -n -t 0 --codec mjpeg --flush -o - | {} pipe'.format(PROGRAM)
    is_live = False

    def __init__(self, options, log):
        self.has_ended = False
        self.skips = SkipCount(log, 'standard input')
        self.splitter = Splitter((options.max_frame, options.max_size), self.skips.add)
        self.frames = 0
        if os.isatty(0):
            raise self.unusable('it is a terminal. Pipe into it, as in ' + self.EXAMPLE)

    @staticmethod
    def default_delivery():
        """A file can wait. A program that takes pictures must not wait for the network."""
        try:
            return 'every' if stat.S_ISREG(os.fstat(0).st_mode) else 'latest'
        except OSError as error:
            raise Pipe.unusable('it is closed ({})'.format(error.strerror))

    @staticmethod
    def unusable(reason):
        return Failure('SOURCE_FAILED', 'Cannot read pictures from standard input: ' + reason)

    def tick(self, now):
        pass

    def descriptors(self, is_full):
        return [] if self.has_ended or is_full else [0]

    def read(self, descriptor):
        try:
            frames = self.splitter.read(descriptor)
        except NoPictures as error:
            raise self.unusable('it gives {}. Pipe JPEGs into it, as in {}'.format(
                error, self.EXAMPLE))
        except BlockingIOError:
            return []
        except OSError as error:
            raise self.unusable(error.strerror)
        if frames is not None:
            self.frames += len(frames)
            return frames
        self.has_ended = True
        frames = self.splitter.finish()
        if self.frames + len(frames) == 0:
            reason = 'it ended after {} bytes without a whole JPEG. Pipe JPEGs into it, as in {}'
            raise self.unusable(reason.format(self.skips.bytes, self.EXAMPLE))
        return frames

    def quit(self):
        self.has_ended = True

    def close(self):
        self.quit()


class Camera:
    """A camera module, through rpicam-vid, which is started again when it ends or hangs."""

    INSTALL = 'sudo apt-get install rpicam-apps-lite (on older systems libcamera-apps-lite)'
    ADVICE = (
        (r'no cameras available', 'switch the Pi off and see that the ribbon cable sits straight'
         ' at both ends; then see that camera_auto_detect=1 is in config.txt'),
        (r'failed to acquire|in use by another|busy', 'another program may be using the camera'),
        (r'permission denied', 'may this user open it? sudo usermod -aG video $USER, then log in'
         ' again'),
    )
    is_live = True

    def __init__(self, options, log):
        self.options = options
        self.log = log
        self.skips = SkipCount(log, 'rpicam-vid')
        self.hang = max(HANG, 3 / options.fps)
        self.process = None
        self.name = 'rpicam-vid'
        self.start_at = 0
        self.has_delivered = self.is_told = self.has_ended = False
        # Runs in a row that did not deliver for long.
        self.brief = self.ends = 0
        self.clear()

    @staticmethod
    def default_delivery():
        return 'latest'

    def clear(self):
        self.last_words = b''
        self.pictures = 0
        self.first_at = self.last_at = 0
        self.splitter = None

    def tick(self, now):
        if self.process is None and now >= self.start_at:
            self.start(now)
        elif self.process is not None and now - self.last_at > self.hang:
            self.judge('gave no picture for {:g} s and was ended'.format(self.hang))

    def start(self, now):
        self.clear()
        path = shutil.which('rpicam-vid') or shutil.which('libcamera-vid')
        if path is None and not self.has_delivered:
            raise Failure('SOURCE_FAILED', 'Cannot take pictures of a camera module: neither'
                          ' rpicam-vid nor libcamera-vid is in the search path (PATH). On'
                          ' Raspberry Pi OS: ' + self.INSTALL)
        if path is None:
            self.judge('is not installed any more')
            return
        self.name = os.path.basename(path)
        self.skips.where = self.name
        self.splitter = Splitter((self.options.max_frame, self.options.max_size), self.skips.add)
        self.last_at = now
        try:
            self.process = subprocess.Popen(
                [path] + compose_arguments(self.options), bufsize=0, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        except OSError as error:
            self.judge('could not be started: ' + error.strerror)

    def descriptors(self, is_full):
        if self.process is None:
            return []
        pipes = (self.process.stdout, self.process.stderr)
        return [pipe.fileno() for pipe in pipes if not pipe.closed]

    def read(self, descriptor):
        if self.process is None:
            return []
        if descriptor != self.process.stdout.fileno():
            self.read_words(descriptor)
            return []
        try:
            frames = self.splitter.read(descriptor)
        except NoPictures as error:
            self.last_words = b''
            self.judge('gives {}'.format(error), is_hopeless=True)
            return []
        except OSError as error:
            self.judge('cannot be read: ' + error.strerror)
            return []
        if frames is None:
            frames = self.splitter.finish()
            self.judge(None)
            return frames
        if frames:
            self.note(len(frames))
        return frames

    def read_words(self, descriptor):
        said = os.read(descriptor, 4096)
        if said == b'':
            self.process.stderr.close()
        self.last_words = (self.last_words + said)[-LAST_WORDS_BYTES:]

    def note(self, count):
        self.last_at = time.monotonic()
        if self.pictures == 0:
            self.first_at = self.last_at
            if self.is_told:
                self.log.say(self.name + ' delivers pictures again')
            self.is_told = False
        self.pictures += count
        self.has_delivered = True

    def judge(self, what, is_hopeless=False):
        """A run has ended, or is ended: starts it again later, or gives up."""
        ending = self.stop()
        what = what or ending
        if self.pictures == 0 and what is ending:
            what += ' without a picture'
        delivered = self.last_at - self.first_at if self.pictures > 0 else 0
        self.brief = 1 if delivered >= STEADY else self.brief + 1
        self.ends = 1 if delivered >= 60 * STEADY else self.ends + 1
        words = self.last_words.decode('utf-8', 'replace').strip()
        line = words.splitlines()[-1] if words else ''
        after = ' after ' + counted(self.pictures, 'picture') if self.pictures > 0 else ''
        said = '; it said: ' + line if line else ''
        if self.pictures == 0 and not line and self.skips.pieces > 0:
            said = ': {} bytes were skipped, as {}'.format(self.skips.bytes, self.skips.reason)
        told = '{} {}{}{}'.format(self.name, what, after, said)
        if not self.has_delivered and (is_hopeless or self.brief >= MAX_STARTS_WITHOUT_PICTURE):
            raise self.give_up(told, words)
        pause = min(MAX_RESTART, FIRST_RESTART * 2 ** (self.brief - 1))
        self.start_at = time.monotonic() + pause
        if is_power_of_two(self.ends):
            count = '' if self.ends == 1 else ' (number {})'.format(self.ends)
            self.log.say('{}; it is started again in {} s{}'.format(told, pause, count))
            self.is_told = True

    def give_up(self, told, words):
        if self.brief > 1:
            told = 'it was started {} times without one; at last {}'.format(self.brief, told)
        advice = ''.join('. Advice: ' + text for pattern, text in self.ADVICE
                         if re.search(pattern, words, re.I))
        return Failure('SOURCE_FAILED', 'Cannot get a picture: {}{}'.format(told, advice))

    def stop(self):
        """Ends the program, within two time-outs. Returns how it ended, in words."""
        process, self.process = self.process, None
        if process is None:
            return 'ended'
        process.stdout.close()
        # It closed its output: mostly it is about to end by itself.
        for end in (lambda: None, process.terminate, process.kill):
            end()
            try:
                status = process.wait(KILL_AFTER if end != process.kill else LEAVE)
                break
            except subprocess.TimeoutExpired:
                status = None
        if not process.stderr.closed:
            os.set_blocking(process.stderr.fileno(), False)
            try:
                rest = os.read(process.stderr.fileno(), 65536)
                self.last_words = (self.last_words + rest)[-LAST_WORDS_BYTES:]
            except OSError:
                pass
            process.stderr.close()
        if status is None:
            return 'does not end'
        return 'ended with status {}'.format(status) if status >= 0 else 'ended by {}'.format(
            signal.Signals(-status).name)

    def quit(self):
        """Asks the program to end, and does not wait for it."""
        self.has_ended = True
        if self.process is not None:
            self.process.terminate()

    def close(self):
        self.quit()
        self.stop()


def compose_arguments(options):
    """Arguments of rpicam-vid. It refuses one that comes twice: ours give way to the user's."""
    own = [(('--nopreview', '-n'), ['-n']), (('--timeout', '-t'), ['-t', '0']),
           (('--codec',), ['--codec', 'mjpeg']),
           (('--quality', '-q'), ['-q', str(options.quality)])]
    if options.number is not None:
        own.append((('--camera',), ['--camera', options.number]))
    width, height = options.size
    own += [(('--width',), ['--width', str(width)]), (('--height',), ['--height', str(height)]),
            (('--framerate',), ['--framerate', '{:g}'.format(options.fps)])]
    if options.rotation is not None:
        own.append((('--rotation',), ['--rotation', options.rotation]))
    own += [(('--flush',), ['--flush']), (('--output', '-o'), ['-o', '-'])]

    def gives(word, names):
        if word.startswith('--'):
            name = word.split('=')[0]
            return name != '--' and names[0].startswith(name)
        return len(names) > 1 and word.startswith(names[1])

    kept = [words for names, words in own
            if not any(gives(word, names) for word in options.passed_on)]
    return [word for words in kept for word in words] + options.passed_on


# ------------------------------------------------------------------------------------ receiver

def encode(kind, payload, more=0):
    """A message of wire 2. `more` bytes follow it, which are part of the message."""
    return MAGIC + kind.encode() + struct.pack('>I', len(payload) + more) + payload


def encode_hello(stream, idle_timeout, delivery, name, token, identity):
    return encode('HELO', b''.join((
        short_text(stream), struct.pack('>IB', int(idle_timeout * 1000), delivery == 'every'),
        short_text(name), struct.pack('>H', len(token)), token,
        b''.join(short_text(part) for part in identity))))


def short_text(text):
    data = text.encode()
    return struct.pack('>B', len(data)) + data


def read_identity(device, files=(SYSTEM_IDS, BOARD_SERIAL)):
    """Machine, device, version as image-sender has them; nothing if the system has no id."""
    system_ids, board_serial = files
    ids = [text for text in map(read_text, system_ids) if re.match('[0-9a-f]{32}$', text)]
    if not ids:
        return ()
    machine = ids[0] + '/' + read_text(board_serial)
    return hash_id(machine)[:16], hash_id(machine + '/' + device)[:8], VERSION


def read_text(path):
    try:
        with open(path, encoding='utf-8', errors='replace') as file:
            return file.read(256).strip('\0 \n')
    except OSError:
        return ''


def hash_id(text):
    return code_letters(hmac.new(b'image-socket', text.encode(), 'sha256').digest())


def code_letters(data):
    return ''.join('0123456789abcdefghjkmnpqrstvwxyz'[byte & 31] for byte in data)


def encode_frame_head(frame):
    fields = struct.pack('>QQQHH', frame.sequence, frame.wall_us, frame.monotonic_us,
                         frame.width, frame.height)
    return encode('FRAM', fields, frame.bytes)


def create_stream_id(name):
    """The beginning of the name, for people, and 40 bits of chance."""
    readable = re.sub('[^0-9A-Za-z]+', '-', name)[:13].strip('-') or 'sender'
    return readable + '-' + code_letters(os.urandom(8))


def show_address(host, port):
    return ('[{}]:{}' if ':' in host else '{}:{}').format(host, port)


REASONS = {
    errno.ECONNREFUSED: 'nothing listens there (ECONNREFUSED)',
    errno.ECONNRESET: 'the other end closed it (ECONNRESET)',
    errno.EPIPE: 'the other end closed it (EPIPE)',
    errno.ETIMEDOUT: 'no answer (ETIMEDOUT)',
    errno.EHOSTUNREACH: 'there is no route to that host (EHOSTUNREACH)',
    errno.ENETUNREACH: 'there is no network to that address (ENETUNREACH)',
}


def describe_network_error(error):
    if isinstance(error, socket.gaierror):
        again = error.errno == socket.EAI_AGAIN
        return 'the name service does not answer' if again else 'that name is not known'
    if isinstance(error, ssl.SSLError):
        return 'TLS failed: {}'.format(error.reason or error)
    return REASONS.get(error.errno, error.strerror or str(error) or type(error).__name__)


def advise_connect(error):
    if isinstance(error, socket.gaierror):
        return 'Check --host: the address that `hostname -I` prints at the receiver does as well'
    if isinstance(error, ssl.SSLError):
        return 'This sender needs TLS 1.3 at the receiver'
    if error.errno == errno.ECONNREFUSED:
        return 'Start image-receiver there with --host 0.0.0.0 and the same --port'
    return ('Is that machine on, and does its firewall let this port in? Is image-receiver running'
            ' there, with --host 0.0.0.0?')


class Dial(threading.Thread):
    """Connects, with TLS up and the certificate compared, within the connect time-out."""

    def __init__(self, options, wake):
        super().__init__(daemon=True)
        self.options = options
        self.wake = wake
        self.address = show_address(options.host, options.port)
        self.begun = time.monotonic()
        self.socket = self.failure = None
        self.start()

    def run(self):
        try:
            self.socket = self.connect()
        except Failure as failure:
            self.failure = failure
        except Exception as error:  # A fault here must not leave the loop waiting.
            self.failure = Failure('CONNECT_FAILED', self.describe(repr(error)))
        self.wake()

    def describe(self, reason):
        return 'Cannot connect to {}: {}'.format(self.address, reason)

    def time_left(self):
        left = self.options.connect_timeout - (time.monotonic() - self.begun)
        if left <= 0:
            raise socket.timeout()
        return left

    def connect(self):
        opened = None
        try:
            opened = self.open()
            if self.options.tls_pin is not None:
                opened = self.secure(opened)
            opened.settimeout(0)
            return opened
        except BaseException as error:
            if opened is not None:
                opened.close()
            if isinstance(error, socket.timeout):
                reason = 'no answer within {:g} s'.format(self.options.connect_timeout)
                raise Failure('CONNECT_FAILED', self.describe(reason), advise_connect(error))
            if isinstance(error, OSError):
                raise Failure('CONNECT_FAILED', self.describe(describe_network_error(error)),
                              advise_connect(error))
            raise

    def open(self):
        """Tries each address of the host; the first one speaks for all."""
        first = None
        host, port = self.options.host, self.options.port
        # A local name is not looked up (RFC 6761, section 6.3): a system without /etc/hosts may
        # not know it.
        names = ['127.0.0.1', '::1'] if host.lower().rstrip('.') == 'localhost' else [host]
        found = []
        for name in names:
            found += socket.getaddrinfo(name, port, 0, socket.SOCK_STREAM)
        for family, kind, protocol, _, address in found:
            opened = None
            try:
                opened = socket.socket(family, kind, protocol)
                opened.settimeout(self.time_left())
                opened.connect(address)
                opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
                return opened
            except OSError as error:
                if opened is not None:
                    opened.close()
                first = first or error
        raise first or socket.gaierror(socket.EAI_NONAME, 'no address')

    def secure(self, opened):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        # The pin is compared before a byte is sent, and says more than any authority.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        opened.settimeout(self.time_left())
        try:
            secured = context.wrap_socket(opened, server_hostname=self.server_name())
        except ssl.SSLError as error:
            if error.reason in ('WRONG_VERSION_NUMBER', 'PACKET_LENGTH_TOO_LONG',
                                'RECORD_LAYER_FAILURE'):
                raise self.lacks_tls('it does not speak TLS')
            if re.search('ALERT|UNSUPPORTED', error.reason or ''):
                raise
            # Each version of OpenSSL has another name for a connection that ends too early.
            raise self.lacks_tls()
        except (ConnectionResetError, BrokenPipeError):
            raise self.lacks_tls()
        found = 'sha256:' + hashlib.sha256(secured.getpeercert(True) or b'').hexdigest()
        if found != self.options.tls_pin:
            secured.close()
            raise Failure('UNTRUSTED', self.describe(
                'its certificate is not the one of --tls-pin but {}: the pin is mistyped, the key'
                ' was made anew, or another machine answers there. Compare it with what'
                ' image-receiver prints at its start'.format(found)))
        return secured

    def server_name(self):
        host = self.options.host
        return None if ':' in host or re.fullmatch(r'[\d.]+', host) else host

    def lacks_tls(self, lack='it closed the connection before TLS was up, as a receiver without'
                             ' --tls does, or one with --max-senders connections'):
        advice = 'Start image-receiver with --tls, or this sender without --tls-pin'
        return Mismatch('{}. {}'.format(self.describe(lack), advice))


FOREIGN = ((rb'SSH-', 'a server for SSH'), (rb'HTTP/|<(!doctype|html|\?xml)', 'a web server'),
           (rb'INFO \{', 'a NATS server'), (rb'(220|421|554)[ -]|[+*] ?OK\b',
                                            'a server for mail or FTP'))


def describe_foreign(data, is_tls):
    if data[:1] in (b'\x15', b'\x16') and data[1:2] == b'\x03' and not is_tls:
        return ('it accepts TLS only. Add --tls-pin with the fingerprint that image-receiver'
                ' printed at its start')
    found = next((name for pattern, name in FOREIGN if re.match(pattern, data, re.I)),
                 'another program')
    return found + ' answers, and it is no image-receiver. Check --host and --port'


class Link:
    """One connection to a receiver: decodes what it says, and writes messages, one at a time."""

    def __init__(self, opened, sender):
        self.socket = opened
        self.is_tls = isinstance(opened, ssl.SSLSocket)
        self.sender = sender
        self.received = bytearray()
        self.views = []
        self.is_greeted = self.is_ours = self.is_of_use = False
        # The time of a ping that is not answered yet, and when it was read.
        self.ping = None
        self.begun = self.heard_at = self.written_at = time.monotonic()
        options = sender.options
        self.write([encode_hello(sender.stream, options.idle_timeout, options.deliver,
                                 options.name, options.token, options.identity)])

    def broke(self, reason):
        message = 'The connection to {} broke: {}'.format(self.sender.address, reason)
        return Failure('SEND_FAILED', message)

    # Writing

    def write(self, parts):
        self.written_at = time.monotonic()
        self.views = [memoryview(part) for part in parts]
        self.flush()

    def flush(self):
        """Writes as much as the kernel takes. Raises Failure."""
        try:
            for _ in range(WRITES_PER_TURN):
                if not self.views:
                    return
                self.advance(self.socket.send(self.views[0]) if self.is_tls
                             else self.socket.sendmsg(self.views))
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            pass
        except OSError as error:
            # Its last words, such as why it closed the connection, may still be there.
            self.read()
            raise self.broke(describe_network_error(error))

    def advance(self, count):
        self.written_at = time.monotonic()
        while self.views and count >= len(self.views[0]):
            count -= len(self.views.pop(0))
        if count > 0:
            self.views[0] = self.views[0][count:]

    def answer(self):
        sent_us, read_us = self.ping
        self.ping = None
        wall_us, monotonic_us = read_clocks()
        self.write([encode('pong', struct.pack('>QQQQ', sent_us, read_us, monotonic_us, wall_us))])

    # Reading

    def read(self):
        """Reads what is there. Raises Failure when the connection is over."""
        for _ in range(WRITES_PER_TURN):
            try:
                data = self.socket.recv(4096)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            except OSError as error:
                raise self.broke(describe_network_error(error))
            if data == b'':
                raise self.broke('the other end closed it')
            self.heard_at = time.monotonic()
            self.decode(data)
            # Of TLS, poll does not see what was decrypted already.
            if not self.is_tls or self.socket.pending() == 0:
                return

    def decode(self, data):
        if not self.is_ours and data[:1] != MAGIC[:1]:
            raise self.foreign(data)
        self.is_ours = True
        self.received += data
        while len(self.received) >= HEADER_BYTES:
            kind = self.received[4:8].decode('ascii', 'replace')
            length, = struct.unpack_from('>I', self.received, 8)
            is_known = kind in ANSWERS or re.match('[a-z][A-Za-z0-9]{3}', kind)
            if self.received[:4] != MAGIC or length > MAX_CONTROL_BYTES or not is_known:
                raise self.foreign()
            if len(self.received) < HEADER_BYTES + length:
                return
            payload = bytes(self.received[HEADER_BYTES:HEADER_BYTES + length])
            del self.received[:HEADER_BYTES + length]
            try:
                self.take(kind, payload)
            except (struct.error, IndexError, UnicodeDecodeError, OverflowError):
                raise self.foreign()

    def foreign(self, data=b''):
        return Mismatch('Cannot send to {}: {}'.format(
            self.sender.address, describe_foreign(data, self.is_tls)))

    def take(self, kind, payload):
        if kind == 'WELC':
            sequence, = read_numbers('>4xQ', payload)
            self.is_greeted = True
            self.sender.greeted(self, sequence)
        elif kind == 'ACKN':
            sequence, = read_numbers('>Q', payload)
            latency, = read_numbers('>8xq', payload)
            self.sender.acknowledged(self, sequence, latency)
        elif kind == 'skip':
            sequence, = read_numbers('>Q', payload)
            self.sender.rejected(self, sequence, *read_reason(payload[8:]))
        elif kind == 'ping':
            # A receiver that pings and does not read gets no more than one answer.
            self.ping = self.ping or (read_numbers('>Q', payload)[0], read_clocks()[1])
        elif kind == 'FAIL':
            code, reason = read_reason(payload)
            raise Failure('REJECTED', 'The receiver at {} rejected the connection: {} ({})'.format(
                self.sender.address, reason, code))

    def goodbye(self):
        """Ends after all that was sent, and waits a little for the receiver to end it in turn."""
        try:
            self.socket.settimeout(LEAVE)
            if self.is_tls:
                self.socket.unwrap()
            else:
                self.socket.shutdown(socket.SHUT_WR)
                end = time.monotonic() + LEAVE
                while time.monotonic() < end and self.socket.recv(4096):
                    pass
        except (OSError, ValueError):
            pass
        self.close()

    def close(self):
        self.socket.close()


def read_numbers(form, payload):
    numbers = struct.unpack_from(form, payload)
    if any(abs(number) > MAX_NUMBER and number != UNKNOWN_LATENCY for number in numbers):
        raise OverflowError()
    return numbers


def read_reason(payload):
    length = payload[0]
    code = payload[1:1 + length].decode('ascii')
    if 1 + length > len(payload) or not re.fullmatch('[A-Z][A-Z0-9_]*', code):
        raise OverflowError()
    return code, plain(payload[1 + length:].decode('utf-8'))


# -------------------------------------------------------------------------------------- sender

class Sender:
    """Moves frames from the source to the receiver, over one connection after another."""

    def __init__(self, options, source, log):
        self.options = options
        self.source = source
        self.log = log
        self.address = show_address(options.host, options.port)
        self.stream = create_stream_id(options.name)
        self.waiting = collections.deque()
        # They went out over this connection, and are neither acknowledged nor rejected.
        self.in_flight = collections.deque()
        self.lost = []
        self.held_bytes = 0
        self.link = self.dial = self.mismatch = self.rejection = self.latency_us = None
        self.failures = self.briefs = 0
        self.rest_until = 0
        self.stops = 0
        self.stop_at = None
        self.captured = self.newest = 0
        self.delivered = self.delivered_bytes = self.dropped = self.unconnected = 0
        self.refused = self.uncertain = 0
        self.acknowledged_at = None
        self.next_tell = ACKNOWLEDGEMENT_PATIENCE
        self.begun = time.monotonic()
        self.wake_read, self.wake_write = socket.socketpair()
        self.wake_read.setblocking(False)
        self.wake_write.setblocking(False)

    def wake(self):
        try:
            self.wake_write.send(b'.')
        except OSError:
            # There is a byte in it already.
            pass

    def stop(self, *_):
        self.stops += 1

    # Frames

    @property
    def is_full(self):
        return self.options.deliver == 'every' and self.held_bytes >= self.options.buffer

    def capture(self, frame):
        self.captured += 1
        frame.sequence = self.captured
        if self.options.deliver == 'latest':
            self.drop(len(self.waiting))
        elif self.source.is_live and self.is_full:
            self.dropped += 1
            self.log.say('Cannot keep every frame as --buffer holds {} and frames come faster than'
                         ' they are sent: {} dropped so far. A lower --fps, --size or --quality'
                         ' helps, or a larger --buffer'.format(
                             show_bytes(self.options.buffer), self.dropped), 'buffer')
            return
        self.waiting.append(frame)
        self.held_bytes += frame.bytes

    def drop(self, count):
        """Drops the oldest that wait. The receiver may have some of them: its next WELC tells."""
        for _ in range(count):
            frame = self.waiting.popleft()
            self.held_bytes -= frame.bytes
            if frame.was_sent:
                self.lost.append((frame.sequence, frame.bytes))
            else:
                self.dropped += 1
                self.unconnected += self.link is None

    def pump(self):
        """Sends all that can go out now. A pong goes before the next frame."""
        link = self.link
        while link is not None and not link.views:
            if link.ping is not None:
                link.answer()
            elif link.is_greeted and self.waiting and self.has_room and not self.stops:
                frame = self.waiting.popleft()
                frame.was_sent = True
                self.in_flight.append(frame)
                self.newest = max(self.newest, frame.sequence)
                self.acknowledged_at = self.acknowledged_at or time.monotonic()
                link.write([encode_frame_head(frame)] + frame.parts)
            else:
                return

    @property
    def has_room(self):
        return self.options.deliver == 'every' or len(self.in_flight) < IN_FLIGHT

    # Answers

    def greeted(self, link, sequence):
        self.check(sequence, 'acknowledges', link)
        self.settle(link, sequence)
        for number, size in self.lost:
            self.count(number <= sequence, size)
        self.lost = []
        if is_power_of_two(self.briefs):
            self.log.say('connected to ' + self.address, 'connected')

    def acknowledged(self, link, sequence, latency_us):
        self.check(sequence, 'acknowledges', link)
        if latency_us != UNKNOWN_LATENCY:
            self.latency_us = latency_us
        self.settle(link, sequence)

    def settle(self, link, sequence):
        """All frames up to that one have arrived."""
        for frames in (self.in_flight, self.waiting):
            while frames and frames[0].sequence <= sequence:
                frame = frames.popleft()
                self.held_bytes -= frame.bytes
                self.count(True, frame.bytes)
                link.is_of_use = True
        self.note_answer()

    def count(self, is_delivered, size):
        if is_delivered:
            self.delivered += 1
            self.delivered_bytes += size
        else:
            self.uncertain += 1

    def note_answer(self):
        waited = time.monotonic() - (self.acknowledged_at or time.monotonic())
        if self.next_tell > ACKNOWLEDGEMENT_PATIENCE:
            self.log.say('{} answers again after {:.0f} s'.format(self.address, waited), 'answers')
        self.next_tell = ACKNOWLEDGEMENT_PATIENCE
        self.acknowledged_at = time.monotonic() if self.in_flight else None

    def rejected(self, link, sequence, code, reason):
        self.check(sequence, 'skips', link)
        message = 'The receiver rejected frame {} and accepts the next ones: {} ({})'.format(
            sequence, reason, code)
        frame = next((one for one in self.in_flight if one.sequence == sequence), None)
        if frame is None:
            return
        self.in_flight.remove(frame)
        self.held_bytes -= frame.bytes
        self.refused += 1
        link.is_of_use = True
        self.rejection = Failure('REJECTED', message)
        self.log.say(message, 'rejected')
        self.note_answer()

    def check(self, sequence, what, link):
        if sequence <= self.newest:
            return
        # Another program sends under this id: under a new one no frame counts as a duplicate.
        self.stream = create_stream_id(self.options.name)
        raise link.broke('it {} frame {}, which was never sent'.format(what, sequence))

    # Connections

    def connect(self, now):
        if self.dial is None:
            if self.waiting and now >= self.rest_until:
                self.dial = Dial(self.options, self.wake)
            return
        if self.dial.socket is None and self.dial.failure is None:
            return
        dial, self.dial = self.dial, None
        if dial.socket is None:
            self.fail(dial.failure, now - dial.begun)
            return
        try:
            self.link = Link(dial.socket, self)
        except Failure as failure:
            dial.socket.close()
            self.briefs += 1
            self.fail(failure)

    def leave_broken(self, failure):
        """The connection is gone. With `latest` only the newest frame goes out again."""
        link, self.link = self.link, None
        link.close()
        self.waiting.extendleft(reversed(self.in_flight))
        self.in_flight.clear()
        if self.options.deliver == 'latest':
            self.drop(len(self.waiting) - 1)
        self.acknowledged_at = None
        if self.stops:
            self.log.say('{} [{}]'.format(failure, failure.code))
            return
        if link.is_of_use:
            self.failures = self.briefs = 0
            self.mismatch = None
            self.log.say('{} [{}]; connecting again'.format(failure, failure.code), 'broken')
            self.rest_until = time.monotonic() + QUICK_RETRY * random.random()
            return
        self.briefs += 1
        if failure.code == 'SEND_FAILED':
            failure = Failure('SEND_FAILED', '{}, soon after it was made'.format(failure))
        self.fail(failure)

    def fail(self, failure, took=0):
        """Counts a failure, and waits; gives up after too many. Raises Failure."""
        # A server of another protocol may close before its answer is read: an earlier try saw it.
        if isinstance(failure, Mismatch):
            self.mismatch = failure
        elif failure.code != 'SEND_FAILED':
            self.mismatch = None
        failure = self.mismatch or failure
        code, advice = failure.code, failure.advice
        if code == 'SEND_FAILED':
            code, advice = 'CONNECT_FAILED', 'Is it image-receiver, with the same --port?'
        self.failures += 1
        retries = self.options.retries
        if 0 < retries <= self.failures:
            tries = '1 try' if retries == 1 else '{} tries in a row'.format(retries)
            ending = '{}; gave up after {}'.format(failure, tries)
            raise Failure(code, join_sentences(ending, advice, '--retries 0 never gives up'))
        delay = max(MIN_RETRY, min(MAX_RETRY, FIRST_RETRY * RETRY_GROWTH ** (self.failures - 1))
                    - took)
        if self.failures > 1:
            delay *= 1 - RETRY_JITTER * random.random()
        self.rest_until = time.monotonic() + delay
        if retries > 0 or is_power_of_two(self.failures):
            count = 'try {} of {}'.format(self.failures, retries) if retries else 'try {}'.format(
                self.failures)
            message = join_sentences(str(failure), advice if self.failures == 1 else '')
            self.log.say('{} ({}); next try in {:.1f} s'.format(message, count, delay), 'broken')

    def watch(self, now):
        """Looks for a receiver that is silent, reads nothing, or acknowledges nothing."""
        link, options = self.link, self.options
        if now - link.heard_at > options.idle_timeout:
            raise link.broke('it sent nothing for {:g} s (--idle-timeout)'.format(
                options.idle_timeout))
        if link.views and now - link.written_at > options.send_timeout:
            raise link.broke('it read nothing for {:g} s (--send-timeout)'.format(
                options.send_timeout))
        # Its pings show that it lives, and not that it is of use.
        if not link.is_greeted and now - link.begun > options.send_timeout:
            raise link.broke('it did not greet within {:g} s (--send-timeout)'.format(
                options.send_timeout))
        if self.in_flight and now - self.acknowledged_at > self.next_tell:
            self.log.say('{} has acknowledged no frame for {} s: it is alive: a full disk, a slow'
                         ' program or a slow network may delay it: see its log; {} not'
                         ' acknowledged'.format(self.address, self.next_tell,
                                                counted(len(self.in_flight), 'frame')), 'answers')
            self.next_tell *= 2

    # The loop

    def run(self):
        """Runs until the source has ended and its frames have arrived, or a signal came."""
        try:
            self.source.tick(time.monotonic())
            while not self.is_done(time.monotonic()):
                self.turn()
        finally:
            self.source.close()
            if self.link is not None:
                self.link.goodbye()
            signal.set_wakeup_fd(-1)
            self.wake_read.close()
            self.wake_write.close()
            if self.captured > 0:
                self.log.say(self.summary())
        if not self.stops and self.delivered == 0 and self.rejection is not None:
            raise self.rejection

    def is_done(self, now):
        if self.stops and self.stop_at is None:
            self.stop_at = now + LEAVE
            self.source.quit()
        if self.stops:
            is_sent = self.link is None or not (self.link.views or self.in_flight)
            return is_sent or now > self.stop_at or self.stops > 1
        return self.source.has_ended and not self.waiting and not self.in_flight

    def turn(self):
        now = time.monotonic()
        if self.link is None and not self.stops:
            self.connect(now)
        link = self.link
        poll = select.poll()
        poll.register(self.wake_read, select.POLLIN)
        readable = [] if self.stops else self.source.descriptors(self.is_full)
        for descriptor in readable:
            poll.register(descriptor, select.POLLIN)
        if link is not None:
            poll.register(link.socket, select.POLLIN | (select.POLLOUT if link.views else 0))
        wait = LOOK
        if self.rest_until > now:
            wait = min(wait, self.rest_until - now)
        ready = {descriptor for descriptor, _ in poll.poll(wait * 1000)}
        if self.wake_read.fileno() in ready:
            self.wake_read.recv(64)
        # The answers of the receiver come first: they may make room for the newest frame.
        if link is not None:
            self.serve(link, link.socket.fileno() in ready)
        for descriptor in readable:
            if descriptor in ready:
                for frame in self.source.read(descriptor):
                    self.capture(frame)
                self.serve(self.link, False)
        # After the reads, so that time in which this program did not run is no silence of a camera.
        if not self.stops:
            self.source.tick(time.monotonic())

    def serve(self, link, is_ready):
        if link is None or link is not self.link:
            return
        try:
            if is_ready:
                link.read()
                link.flush()
            self.watch(time.monotonic())
            self.pump()
        except Failure as failure:
            self.leave_broken(failure)

    def summary(self):
        seconds = time.monotonic() - self.begun
        doubtful = sum(frame.was_sent for frame in self.waiting)
        uncertain = self.uncertain + len(self.in_flight) + len(self.lost) + doubtful
        newer = 'newer ones were there' if self.options.deliver == 'latest' else '--buffer was full'
        others = ((self.dropped - self.unconnected, 'dropped, as ' + newer),
                  (self.unconnected, 'dropped, as there was no connection'),
                  (self.refused, 'rejected'),
                  (uncertain, 'may not have arrived'),
                  (len(self.waiting) - doubtful, 'not sent before the end'))
        notes = ''.join('; {} {}'.format(count, what) for count, what in others if count > 0)
        latency = '' if self.latency_us is None else '; latency {:.1f} ms'.format(
            self.latency_us / 1000)
        skips = self.source.skips
        skipped = '' if skips.pieces == 0 else '; skipped {} of {}'.format(
            counted(skips.pieces, 'piece'), show_bytes(skips.bytes))
        return 'sent {}, {} in {:.1f} s ({:.1f} fps){}{}{}'.format(
            counted(self.delivered, 'frame'), show_bytes(self.delivered_bytes), seconds,
            self.delivered / max(seconds, 0.001), latency, notes, skipped)


def join_sentences(first, *others):
    for other in others:
        if other:
            first += (' ' if first.endswith('?') else '. ') + other
    return first


# ------------------------------------------------------------------------------------- options

def bad_option(name, wanted, value):
    return Failure('BAD_OPTION', "Cannot use --{} as it must be {}: it is '{}'".format(
        name, wanted, value[:60]))


def integer(name, least, most):
    def read(text):
        if not re.fullmatch(r'\d{1,12}', text) or not least <= int(text) <= most:
            raise bad_option(name, 'a whole number from {} to {}'.format(least, most), text)
        return int(text)
    return read


def seconds_of(name):
    def read(text):
        match = re.fullmatch(r'(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h|d|)', text)
        if not match or float(match.group(1)) == 0:
            raise bad_option(name, 'a time above 0 such as 10, 10s, 500ms or 5m', text)
        unit = {'ms': 0.001, 's': 1, '': 1, 'm': 60, 'h': 3600, 'd': 86400}[match.group(2)]
        # The receiver gets it as milliseconds in 32 bits.
        return min(float(match.group(1)) * unit, 86400 * 24)
    return read


def bytes_of(name, least, most):
    def read(text):
        match = re.fullmatch(r'(\d{1,12})([KMG]?)(i?)B?', text, re.I)
        power = ' KMG'.index((match.group(2) or ' ').upper()) if match else 0
        number = int(match.group(1)) * (1024 if match.group(3) else 1000) ** power if match else -1
        if not least <= number <= most:
            raise bad_option(name, 'a size such as 16M, from {} to {} bytes'.format(least, most),
                             text)
        return number
    return read


def size_of(name):
    def read(text):
        match = re.fullmatch(r'(\d{1,5})x(\d{1,5})', text)
        size = (int(match.group(1)), int(match.group(2))) if match else (0, 0)
        if not all(1 <= side <= 65500 for side in size):
            raise bad_option(name, 'WIDTHxHEIGHT such as 480x315', text)
        return size
    return read


def one_of(name, *choices):
    def read(text):
        if text not in choices:
            raise bad_option(name, ' or '.join(choices), text)
        return text
    return read


def read_rate(text):
    if not re.fullmatch(r'\d{1,4}(\.\d{1,6})?', text) or not 1 / 86400 <= float(text) <= 1000:
        raise bad_option('fps', 'a number above 0 and up to 1000', text)
    return float(text)


def read_host(text):
    match = re.fullmatch(r'([^:]+):(\d+)', text)
    if match:
        wanted = 'a name or address alone, as in --host {} --port {}'.format(*match.groups())
        raise bad_option('host', wanted, text)
    if '/' in text or text == '':
        raise bad_option('host', 'a name or address alone, such as my-pc.local', text)
    return text[1:-1] if text.startswith('[') and text.endswith(']') else text


# Letters and symbols that Unicode has programs ignore, or that are empty.
INVISIBLE = '\u115f\u1160\u3164\uffa0\u2800\U0001d159'


def is_name(text):
    """1 to 64 bytes of UTF-8, without control characters, with one that can be seen."""
    try:
        length = len(text.encode())
    except UnicodeEncodeError:
        return False
    return (0 < length <= MAX_NAME_BYTES and not any(map(is_unprintable, text))
            and any(unicodedata.category(char)[0] in 'LNPS' and char not in INVISIBLE
                    for char in text))


def read_name(text):
    composed = unicodedata.normalize('NFC', text)
    if is_name(composed):
        return composed
    wanted = '1 to {} bytes without control characters, with something to be seen'
    raise bad_option('name', wanted.format(MAX_NAME_BYTES), plain(text))


def read_pin(text):
    match = re.fullmatch(r'sha256:([0-9a-f:]+)', text.strip(), re.I)
    digits = match.group(1).replace(':', '').lower() if match else ''
    if len(digits) != 64:
        raise bad_option('tls-pin', 'sha256: and 64 hexadecimal digits, as the receiver prints it',
                         text)
    return 'sha256:' + digits


def read_token(path, log):
    def bad(reason):
        return Failure('BAD_OPTION', 'Cannot use --token-file {}: {}'.format(path, reason))
    try:
        found = os.stat(path)
        # A pipe without a writer would keep even Ctrl-C waiting.
        if not stat.S_ISREG(found.st_mode):
            raise bad('it is no file')
        with open(path, 'rb') as file:
            token = file.read(MAX_FILE_BYTES).strip()
    except FileNotFoundError:
        raise bad('there is no such file; copy the token file of the receiver to this machine')
    except OSError as error:
        raise bad(error.strerror)
    if not MIN_TOKEN_BYTES <= len(token) <= MAX_TOKEN_BYTES:
        raise bad('the token in it must be {} to {} bytes: it is {}'.format(
            MIN_TOKEN_BYTES, MAX_TOKEN_BYTES, len(token)))
    if found.st_mode & 0o077:
        log.say('other users of this machine can read {}: chmod 600 {}'.format(path, path))
    return token


EXAMPLES = '''examples:
  {0} rpicam --host my-pc.local --name garden
      a camera module of a Raspberry Pi
  {0} rpicam --host my-pc.local --size 640x480 --fps 15 --rotation 180
      larger, faster, and turned upside down
  {0} rpicam --host my-pc.local -- --hflip
      with options of rpicam-vid behind --
  ffmpeg -i INPUT -c:v mjpeg -f mjpeg - | {0} pipe --host my-pc.local
      JPEGs that another program writes
  {0} rpicam --host my-pc.local --tls-pin sha256:0f3a... --token-file token
      encrypted, to a receiver with --tls --token-file token

At the receiver: image-receiver --host 0.0.0.0 --web 8000
`{0} rpicam --help` lists all options.
Exit codes: 0 done, also after a signal; 1 a fault of this program; 2 an option is wrong;
3 no picture came from the camera or the pipe; 4 gave up on the receiver; 9 TLS is not usable.'''


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise Failure('BAD_OPTION', 'Cannot start: {}. `{} --help` shows examples'.format(
            message, PROGRAM))


def make_parser():
    styled = argparse.RawDescriptionHelpFormatter
    parser = Parser(prog=PROGRAM, formatter_class=styled, allow_abbrev=False,
                    description='Sends pictures to image-receiver, from machines that cannot run'
                                ' image-sender.', epilog=EXAMPLES.format(PROGRAM))
    parser.add_argument('--version', action='version', version=VERSION)
    commands = parser.add_subparsers(dest='command', metavar='rpicam|pipe', required=True)
    for command, about in (('rpicam', 'the pictures of a camera module of a Raspberry Pi'),
                           ('pipe', 'the JPEGs that another program writes')):
        one = commands.add_parser(command, help=about, description='Sends ' + about + '.',
                                  allow_abbrev=False)
        add_options(one)
        if command == 'rpicam':
            add_camera_options(one)
    return parser


def add_options(parser):
    rows = (
        ('host', read_host, 'localhost', 'name or address of the receiver (localhost)'),
        ('port', integer('port', 1, 65535), 8080, 'port of the receiver (8080)'),
        ('name', read_name, None, 'name of the camera at the receiver (the host name)'),
        ('deliver', one_of('deliver', 'latest', 'every'), None, 'latest: send the newest frame,'
         ' drop older ones; every: send all frames (latest; a file on standard input: every)'),
        ('buffer', bytes_of('buffer', 1, 4e9), None,
         'with every: maximum number of bytes that wait (16M)'),
        ('tls-pin', read_pin, None, 'use TLS, and trust the receiver with this fingerprint'),
        ('token-file', str, None, 'file with the token of the receiver'),
        ('retries', integer('retries', 0, 10 ** 9), 10,
         'give up after this many failures in a row; 0: never (10)'),
        ('connect-timeout', seconds_of('connect-timeout'), 10,
         'longest wait for a connection (10s)'),
        ('idle-timeout', seconds_of('idle-timeout'), 10,
         'connect again if the receiver sends no byte for this time (10s)'),
        ('send-timeout', seconds_of('send-timeout'), 30,
         'longest wait for the receiver to accept bytes, or for its first answer (30s)'),
        ('max-frame', bytes_of('max-frame', 1000, 1e9), 12 * 10 ** 6,
         'maximum size of a JPEG (12M)'),
        ('max-size', size_of('max-size'), (4096, 4096),
         'maximum width and height of a picture (4096x4096)'),
    )
    add_rows(parser, rows)
    parser.add_argument('--token-without-tls', action='store_true', help='send the token without'
                        ' TLS; anyone on the network path can read it')


def add_camera_options(parser):
    parser.add_argument('number', nargs='?', type=read_camera, metavar='NUMBER',
                        help='number of the camera, if there are two (0)')
    add_rows(parser, (
        ('size', size_of('size'), (480, 315), 'WIDTHxHEIGHT of the pictures (480x315)'),
        ('fps', read_rate, 10, 'frames per second (10)'),
        ('quality', integer('quality', 1, 100), 90, 'JPEG quality, 1 to 100 (90)'),
        ('rotation', one_of('rotation', '0', '180'), None, '180: turn the pictures (0)'),
    ))


def add_rows(parser, rows):
    for name, read, default, about in rows:
        parser.add_argument('--' + name, type=read, default=default, help=about,
                            metavar=name.split('-')[-1].upper())


def read_camera(text):
    if not re.fullmatch(r'\d{1,2}', text):
        raise Failure('BAD_OPTION', "Cannot use camera '{}' as it must be a number that `rpicam-vid"
                      " --list-cameras` shows".format(text[:60]))
    return text


def read_options(words, log):
    """The options, checked. Raises Failure BAD_OPTION, TLS_UNUSABLE or SOURCE_FAILED."""
    passed_on = []
    if '--' in words:
        at = words.index('--')
        words, passed_on = words[:at], words[at + 1:]
    options = make_parser().parse_args(words)
    if passed_on and options.command != 'rpicam':
        raise Failure('BAD_OPTION', "Cannot start as no option takes the word '{}': words behind --"
                      ' are for `{} rpicam`'.format(passed_on[0], PROGRAM))
    options.passed_on = passed_on
    options.source = {'rpicam': Camera, 'pipe': Pipe}[options.command]
    options.deliver = options.deliver or options.source.default_delivery()
    if options.buffer is not None and options.deliver == 'latest':
        raise Failure('BAD_OPTION', 'Cannot use --buffer with latest, where only the newest frame'
                      ' waits: add --deliver every, or leave --buffer out')
    options.buffer = options.buffer or 16 * 10 ** 6
    if options.name is None:
        host = unicodedata.normalize('NFC', socket.gethostname())
        options.name = host if is_name(host) else 'unnamed'
    number = getattr(options, 'number', None) or ''
    options.identity = read_identity('{} {}'.format(options.command, number).strip())
    read_trust(options, log)
    return options


def read_trust(options, log):
    options.token = b''
    if options.token_without_tls and options.token_file is None:
        raise Failure('BAD_OPTION', 'Cannot use --token-without-tls without --token-file')
    if options.token_file is not None:
        if options.tls_pin is None and not options.token_without_tls:
            raise Failure('BAD_OPTION', 'Cannot send a token without TLS as anyone on the network'
                          ' path could read it: use --tls-pin or, if you must,'
                          ' --token-without-tls')
        options.token = read_token(options.token_file, log)
    if options.tls_pin is not None and not getattr(ssl, 'HAS_TLSv1_3', False):
        raise Failure('TLS_UNUSABLE', 'Cannot use --tls-pin as this Python needs OpenSSL 1.1.1 for'
                      ' TLS 1.3: it has {}'.format(ssl.OPENSSL_VERSION))


def open_standard_files():
    """A socket that got the number of a closed standard file would be sent the log."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def main(words):
    open_standard_files()
    log = Log()
    source = None
    try:
        options = read_options(words, log)
        source = options.source(options, log)
        sender = Sender(options, source, log)
        signal.set_wakeup_fd(sender.wake_write.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if number == signal.SIGTERM or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, sender.stop)
        sender.run()
        return 0
    except Failure as failure:
        log.say('{} [{}]'.format(failure, failure.code))
        return EXIT_CODES.get(failure.code, 1)
    except KeyboardInterrupt:
        return 0
    except Exception as error:
        trace = error.__traceback__
        while trace.tb_next is not None:
            trace = trace.tb_next
        log.say('A fault of this program, please report it: {!r} at line {} [FAULT]'.format(
            error, trace.tb_lineno))
        return 1
    finally:
        if source is not None:
            source.close()


if __name__ == '__main__':
    if sys.version_info < (3, 7):
        sys.exit('{}: Cannot start as Python must be 3.7 or newer: it is {}.{} [FAULT]'.format(
            PROGRAM, *sys.version_info[:2]))
    sys.exit(main(sys.argv[1:]))
