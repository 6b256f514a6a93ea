"""Stands for gpiozero where there are no pins: it writes each change of a lamp to the file in LAMP_LOG."""
import os


class LED:
    def __init__(self, pin):
        self._pin = pin
        self._value = None
        self._log = open(os.environ["LAMP_LOG"], "a", buffering=1)

    def on(self):
        self.value = 1

    def off(self):
        self.value = 0

    @property
    def value(self):
        return self._value

    @value.setter
    def value(self, value):
        value = int(bool(value))
        if value != self._value:
            self._log.write(f"{self._pin} {value}\n")
        self._value = value
