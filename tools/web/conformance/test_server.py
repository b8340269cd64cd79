"""The server of the real program: who may look, and that nobody who looks holds up frames."""

import http.client
import socket
import subprocess
import time
import urllib.parse

from tools.web.browser import PATIENCE, Browser
from tools.web.watched import DRIVE, MODEL, PROGRAM, Watched

TOKEN = "0123456789abcdef0123456789abcdef"


def refused(*options: str) -> tuple[int, str]:
    # With a threshold of its own there is no note that the model's was calibrated at another size.
    finished = subprocess.run(
        [PROGRAM, "run", str(DRIVE), *MODEL, "--threshold", "0", "--quiet", *options], stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=120,
    )
    return finished.returncode, finished.stderr.strip()


def test_other_machines_need_option_and_token():
    for options, word in [
        (["--metrics", "0.0.0.0:0"], "--metrics-allow-remote"),
        (["--metrics", "0.0.0.0:0", "--metrics-allow-remote"], "token"),
        (["--metrics", "example.com:80"], "IP address"),
        (["--metrics-allow-remote"], "--metrics"),
    ]:
        code, message = refused(*options)
        assert code == 2 and word in message and message.count("\n") == 0, (options, code, message)


def test_taken_port_is_told_in_a_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, message = refused("--metrics", f"127.0.0.1:{taken.getsockname()[1]}")
    assert code == 1 and "Address already in use" in message and message.count("\n") == 0, message


def test_token_becomes_a_cookie(browser: Browser):
    watched = Watched(token=TOKEN)
    try:
        watched.rate = 4
        assert watched.get("/metrics")[0] == 401
        assert watched.get("/metrics", {"Authorization": f"Bearer {TOKEN}"})[0] == 200
        assert watched.get("/metrics", {"Authorization": f"Bearer {TOKEN[:-1]}0"})[0] == 403
        assert watched.get("/", {"Host": "evil.example", "Authorization": f"Bearer {TOKEN}"})[0] == 403
        browser.open(watched.url)
        assert "a token is needed" in browser.text("body")
        browser.open(f"{watched.url}?token={TOKEN}")
        browser.wait("the page is live", "document.getElementById('state')?.dataset.state === 'live'")
        assert TOKEN not in browser.value("location.href + document.cookie")
    finally:
        watched.kill()


def test_clients_that_read_nothing_hold_up_no_frame(watched: Watched):
    watched.rate = 20
    place = urllib.parse.urlsplit(watched.url)
    stalled = []
    try:
        # More bytes than any socket's buffers hold, asked for at once and never read.
        for _ in range(20):
            connection = socket.create_connection((place.hostname, place.port))
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(b"GET /frame.jpg HTTP/1.1\r\nHost: localhost\r\n\r\n" * 60)
            stalled.append(connection)

        def ended() -> float:
            return sum(value for name, value in watched.metrics()[1].items() if name.startswith("densehybrid_frames_total{"))

        before, end = ended(), time.monotonic() + PATIENCE
        while ended() < before + 100 and time.monotonic() < end:
            time.sleep(0.2)
        assert ended() >= before + 100, "frames do not go on while clients stall"
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
        connection.request("GET", "/")
        assert connection.getresponse().status == 200, "others are not answered while clients stall"
    finally:
        for connection in stalled:
            connection.close()
    assert watched.end() == 0, watched.messages
