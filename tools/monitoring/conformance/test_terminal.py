"""`monitor` in a terminal, played by pyte."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

import pyte
import pytest

from .conftest import PROGRAM


class Screen:
    """A program on a pseudo-terminal of its own."""

    def __init__(self, *arguments: str, width: int = 100, height: int = 30):
        self.screen = pyte.Screen(width, height)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ.update(LANG="C.UTF-8", LC_ALL="C.UTF-8", TERM="xterm-256color")
            os.environ.pop("NO_COLOR", None)
            # The parent sets the size before it lets the program begin.
            os.read(0, 1)
            os.execv(PROGRAM, [PROGRAM, *arguments])
        self.resize(width, height)
        self.before = termios.tcgetattr(self.terminal)
        os.write(self.terminal, b"\n")

    def resize(self, width: int, height: int) -> None:
        self.screen.resize(height, width)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def feed(self, seconds: float) -> None:
        """Takes what the program writes for a while, or until it ends."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.terminal], [], [], left)[0]:
                return
            try:
                data = os.read(self.terminal, 1 << 16)
            except OSError:
                return
            self.raw += data
            # pyte 0.8.2 does not know private SGR; nothing here writes it.
            self.stream.feed(data)

    def wait(self, condition, seconds: float = 20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.feed(0.1)
            if value := condition():
                return value
        pytest.fail("the screen shows:\n" + "\n".join(self.screen.display))

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    def key(self, key: str) -> None:
        os.write(self.terminal, key.encode())

    def count(self, row: str) -> int:
        """Column n of a row of the table."""
        line = next(line for line in self.screen.display if line.startswith(row))
        return int(line.split()[1])

    def finish(self) -> int:
        self.feed(1)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            self.feed(0.1)
        os.kill(self.pid, signal.SIGKILL)
        pytest.fail("the monitor does not end")

    def check_restored(self) -> None:
        assert b"\x1b[?1049h" in self.raw and b"\x1b[?25l" in self.raw
        # Cursor and screen come back, in this order at the end.
        assert self.raw.rindex(b"\x1b[?1049l") > self.raw.rindex(b"\x1b[?1049h")
        assert self.raw.rindex(b"\x1b[?25h") > self.raw.rindex(b"\x1b[?25l")
        assert termios.tcgetattr(self.terminal)[:4] == self.before[:4]


def test_live_table_keys_and_resize(run):
    screen = Screen("monitor", str(run.socket))
    screen.wait(lambda: "backbone" in screen.text and "q quit" in screen.screen.display[-1])
    for part in ["densehybrid replay", "p95 of budget", "queues", "lost", "frame "]:
        assert part in screen.text, screen.text
    # It counts along.
    first = screen.count("backbone")
    screen.wait(lambda: screen.count("backbone") > first + 2)
    screen.key("p")
    screen.wait(lambda: "paused" in screen.screen.display[-1])
    screen.feed(0.5)
    held = screen.count("backbone")
    screen.feed(1.0)
    assert screen.count("backbone") == held
    screen.key("p")
    screen.wait(lambda: screen.count("backbone") > held)
    before = screen.count("backbone")

    def is_reset() -> bool:
        # Pressed again and again: on a slow machine so much can come in between that the count is not below any more.
        screen.key("r")
        screen.feed(0.1)
        return screen.count("backbone") < before

    screen.wait(is_reset)
    screen.key("?")
    screen.wait(lambda: "count from now on" in screen.screen.display[-1])
    screen.key("?")
    screen.resize(50, 16)
    os.kill(screen.pid, signal.SIGWINCH)
    screen.wait(lambda: "q quit" in screen.screen.display[15] and "p95 of budget" not in screen.text)
    assert "backbone" in screen.text
    screen.key("q")
    assert screen.finish() == 0
    screen.check_restored()
    assert run.stop() == 0


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_terminal_comes_back_after_a_signal(run, how):
    screen = Screen("monitor", str(run.socket))
    screen.wait(lambda: "backbone" in screen.text)
    os.kill(screen.pid, how)
    assert screen.finish() == 0
    screen.check_restored()
    assert run.process.poll() is None, "the run is not touched"


def test_end_of_the_run_is_told(run):
    screen = Screen("monitor", str(run.socket))
    screen.wait(lambda: "backbone" in screen.text)
    run.stop(signal.SIGKILL)
    screen.wait(lambda: "the process has ended" in screen.text)
    assert screen.finish() == 0
    screen.check_restored()
    assert "backbone" in screen.text, "the last numbers stay"


def test_control_z_gives_the_terminal_back_for_a_while(run):
    screen = Screen("monitor", str(run.socket))
    screen.wait(lambda: "backbone" in screen.text)
    os.kill(screen.pid, signal.SIGTSTP)
    screen.wait(lambda: screen.raw.count(b"\x1b[?1049l") == 1)
    pid, status = os.waitpid(screen.pid, os.WUNTRACED)
    assert pid and os.WIFSTOPPED(status)
    os.kill(screen.pid, signal.SIGCONT)
    screen.wait(lambda: screen.raw.count(b"\x1b[?1049h") == 2)
    screen.key("q")
    assert screen.finish() == 0
    screen.check_restored()
