"""The page fits, can be read, and can be used with the keyboard alone. Screenshots are for people to look at."""

import pytest

from tools.web.browser import Browser
from tools.web.watched import Watched

# Text with less than 4.5:1 against what is behind it (WCAG 2.2, 1.4.3), as [text, ratio]. Texts over the picture have a
# ground of their own; charts' texts are judged against the card.
FAINT = """(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const part = (c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const over = (top, under) => {
    const a = top[3] ?? 1;
    return [0, 1, 2].map((i) => top[i] * a + under[i] * (1 - a));
  };
  const ground = (node) => {
    if (!node) return [255, 255, 255];
    const own = channels(getComputedStyle(node).backgroundColor);
    return (own[3] ?? 1) === 1 ? own : over(own, ground(node.parentElement));
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const node = text.parentElement;
    if (!text.data.trim() || !node.checkVisibility() || node.closest("noscript, .unseen, script")) continue;
    const style = getComputedStyle(node);
    const back = ground(node instanceof SVGElement ? node.closest("svg").parentElement : node);
    const front = over(channels(node instanceof SVGElement ? style.fill : style.color), back);
    const [a, b] = [light(front), light(back)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) faint.push([text.data.trim(), Math.round(ratio * 100) / 100]);
  }
  return faint;
})()"""

SIZES = {"phone": (360, 740), "tablet": (820, 1180), "desktop": (1440, 900)}


def test_fits_and_can_be_read(browser: Browser, watched: Watched, screenshots):
    watched.rate = 60
    browser.open(watched.url)
    browser.wait("there is a picture", "document.getElementById('picture').naturalWidth > 0")
    browser.wait("there are some seconds", "document.querySelectorAll('#latency path').length > 4")
    watched.rate = 4
    for name, (width, height) in SIZES.items():
        for scheme in ("light", "dark"):
            browser.look(width, height, scheme)
            wanted = f"innerWidth === {width} && matchMedia('(prefers-color-scheme: {scheme})').matches"
            browser.wait("the page has taken the size", wanted)
            before = browser.value("document.body.dataset.snapshot")
            browser.wait("it has drawn again", f"document.body.dataset.snapshot !== {before!r}")
            browser.screenshot(screenshots / f"{name}-{scheme}.png")
            wide = browser.value("document.documentElement.scrollWidth")
            assert wide <= width, f"{name}: the page is {wide} px wide"
            cut = browser.value(
                "[...document.querySelectorAll('#tiles dd, #tiles dt, h2, #what')]"
                ".filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent)")
            assert cut == [], f"{name}: cut off"
            assert browser.value(FAINT) == [], f"{name} {scheme}"
    assert browser.complaints == []


def test_nothing_comes_from_elsewhere(browser: Browser, watched: Watched):
    watched.rate = 5
    browser.open(watched.url)
    browser.wait("there is a picture", "document.getElementById('picture').naturalWidth > 0")
    assert len(browser.requests) > 10
    assert [url for url in browser.requests if not url.startswith((watched.url, f"blob:{watched.url}"))] == []
    assert browser.value("fetch('http://127.0.0.1:1/').then(() => 'sent', (error) => error.name)") == "TypeError"
    assert any("Content Security Policy" in text for text in browser.complaints), "the rule let a foreign request out"


# What has the focus: how it can be found, whether the focus can be seen, and whether it is on the screen.
FOCUS = """(() => {
  const node = document.activeElement;
  const style = getComputedStyle(node);
  const box = node.getBoundingClientRect();
  return {
    name: node.id || node.getAttribute("aria-labelledby") || node.getAttribute("aria-label") || node.textContent.trim(),
    tag: node.tagName,
    seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inside: box.bottom > 0 && box.top < innerHeight && box.width > 0,
    order: [...document.querySelectorAll("*")].indexOf(node),
  };
})()"""


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_keyboard_reaches_everything(browser: Browser, watched: Watched, size: str):
    watched.rate = 4
    browser.look(*SIZES[size], "light")
    browser.open(watched.url)
    browser.wait("the tables are filled", "document.querySelectorAll('#stages td').length > 8 && document.querySelectorAll('#worst td').length > 8")
    stops = []
    for _ in range(40):
        browser.press("Tab")
        stop = browser.value(FOCUS)
        if stop["tag"] == "BODY":
            break
        stops.append(stop)
    names = [stop["name"] for stop in stops]
    assert names[0] == "Skip to the numbers"
    wanted = ["pause", "with-boxes", "As a table", "stages-title", "losses-title", "queues-title", "worst-title", "/metrics"]
    assert [name for name in names if name in wanted] == wanted
    assert [stop["order"] for stop in stops] == sorted(stop["order"] for stop in stops), "the focus jumps about"
    assert [stop["name"] for stop in stops if not (stop["seen"] and stop["inside"])] == [], "focus that cannot be seen"


def test_keys_do_what_buttons_do(browser: Browser, watched: Watched):
    watched.rate = 4
    browser.open(watched.url)
    browser.wait("the page is live", "document.getElementById('state').dataset.state === 'live'")
    browser.press("Tab")
    browser.press("Enter", "\r")
    browser.wait("the skip link leads to the numbers", "document.activeElement.id === 'numbers'")
    browser.value("document.getElementById('pause').focus()")
    browser.press(" ", " ")
    browser.wait("the space bar pauses", "document.getElementById('state').dataset.state === 'paused'")
    assert browser.value("document.getElementById('pause').getAttribute('aria-pressed')") == "true"
    browser.wait("asking has come to rest", "new Promise((done) => setTimeout(() => done(true), 1500))")
    before = browser.value("document.body.dataset.snapshot")
    browser.value("new Promise((done) => setTimeout(() => done(true), 2500))")
    assert browser.value("document.body.dataset.snapshot") == before, "it asks although it is paused"
    browser.press(" ", " ")
    browser.wait("it goes on", "document.getElementById('state').dataset.state === 'live'")
    browser.value("document.querySelector('summary').focus()")
    browser.press("Enter", "\r")
    browser.wait("the chart can be read as a table", "document.querySelectorAll('#latency-rows tbody tr').length === 10")


def test_announcements_do_not_chatter(browser: Browser, watched: Watched):
    watched.rate = 4
    browser.open(watched.url)
    browser.wait("it is announced that the page is live", "document.getElementById('announcer').textContent === 'live'")
    browser.value("""(() => {
      window.announced = 0;
      const watch = new MutationObserver((changes) => { window.announced += changes.length; });
      watch.observe(document.getElementById("announcer"), { childList: true, characterData: true, subtree: true });
    })()""")
    before = int(browser.value("document.body.dataset.snapshot"))
    browser.wait("ten more snapshots", f"Number(document.body.dataset.snapshot) > {before} + 10")
    assert browser.value("window.announced") <= 2, "a live page says nothing new"
    images = browser.value("[...document.querySelectorAll('svg[role=img]')].map((one) => one.getAttribute('aria-labelledby').split(' ').map((id) => document.getElementById(id).textContent).join(': '))")
    assert len(images) == 3
    assert all(len(text) > 40 for text in images), f"charts without a text: {images}"
