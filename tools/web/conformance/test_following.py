"""The page follows what happens: rates, losses, silence, the end."""

import os
import signal

from tools.web.browser import Browser
from tools.web.watched import Watched

RATE = "parseFloat(document.querySelector('#tile-rate dd span')?.textContent)"
DROPPED = "Number(document.querySelector('#tile-dropped dd span')?.textContent)"
STATE = "document.getElementById('state').dataset.state"


def test_page_follows_the_load(browser: Browser, watched: Watched):
    watched.rate = 1
    browser.open(watched.url)
    browser.wait("the page is live", f"{STATE} === 'live'")
    browser.wait("it shows about one frame a second", f"{RATE} > 0.4 && {RATE} < 1.7")
    slow = browser.value(DROPPED)
    watched.rate = 4
    browser.wait("it shows more frames a second", f"{RATE} > 1.9")
    watched.rate = 400
    browser.wait("it shows that frames are dropped", f"{DROPPED} > {slow} + 50")
    browser.wait("the chart of losses names the reason", "document.querySelector('#losses-text').textContent.includes('superseded')")
    browser.wait("and draws it", "document.querySelectorAll('#losses path').length > 0")
    watched.rate = 1
    browser.wait("it shows that the load has gone", f"{RATE} < 1.7")
    watched.rate = 0
    browser.wait("it says that no frames come", f"{STATE} === 'quiet'")
    assert "No frame has ended for" in browser.text("#notice")
    watched.rate = 2
    browser.wait("it is live again", f"{STATE} === 'live' && document.getElementById('notice').hidden")


def test_picture_follows_the_frames(browser: Browser, watched: Watched):
    watched.rate = 5
    browser.open(watched.url)
    frame = "Number(document.getElementById('picture').dataset.frame)"
    first = browser.wait("there is a picture", f"document.getElementById('picture').naturalWidth > 0 && {frame} + 1")
    assert browser.value("document.getElementById('picture').naturalWidth") == 1024
    browser.wait("there is a newer picture", f"{frame} > {first}")
    assert "Camera picture of frame" in browser.value("document.getElementById('picture').alt")
    legend = browser.value("[...document.querySelectorAll('#legend li')].map((entry) => entry.textContent)")
    assert "road" in legend and legend[-1] == "unknown" and len(legend) == 20


def test_stopped_and_killed_processes_are_told(browser: Browser, watched: Watched):
    watched.rate = 2
    browser.open(watched.url)
    browser.wait("the page is live", f"{STATE} === 'live'")
    os.kill(watched.pid, signal.SIGSTOP)
    try:
        browser.wait("it says that the process does not answer", f"{STATE} === 'gone'")
    finally:
        os.kill(watched.pid, signal.SIGCONT)
    browser.wait("it is live again", f"{STATE} === 'live'")
    watched.kill()
    browser.wait("it says that the process is gone", f"{STATE} === 'gone'")
    assert "has not answered since" in browser.text("#notice")


def test_end_of_the_stream_ends_program_and_port(watched: Watched):
    watched.rate = 5
    status, _, _ = watched.get("/")
    assert status == 200
    assert watched.end() == 0, watched.messages
