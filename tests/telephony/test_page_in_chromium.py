"""The page for people in a real browser: nothing of a contact runs, and phones need no scrolling sideways.

What is measured of it is asked by a page that has it in a frame, for which alone a header is left out.
"""

from __future__ import annotations

import http.server
import json
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from bporoute.telephony.http._page import page, page_headers
from helpers.page_scenes import HOSTILE, SCENES, Scene
from helpers.running import run, started, wait_until

CHROMIUM = shutil.which("chromium")
BROWSER = (CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
pytestmark = [
    pytest.mark.engines,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]
WIDTHS = (320, 390, 1280)
MEASURE = """<!DOCTYPE html><title>measures</title>{frames}<p id="told"></p><script>
addEventListener("load", () => {{
  const told = {{}};
  document.querySelectorAll("iframe").forEach(frame => {{
    const inside = frame.contentDocument, style = frame.contentWindow.getComputedStyle;
    inside.querySelectorAll("details").forEach(each => each.open = true);
    const root = inside.documentElement, red = inside.querySelector(".bad");
    told[frame.id] = [root.scrollWidth - root.clientWidth, style(inside.body).fontFamily,
      red ? style(red).color : "", inside.querySelectorAll("script, img, iframe").length, inside.title];
  }});
  document.querySelector("#told").textContent = JSON.stringify(told);
}});
</script>"""
"""Says of each page in a frame what is wider than it, how it is shown and what is in it."""
FRAME = '<iframe id="{scene}-{width}" src="/{scene}?framed=1&pause=1" width="{width}" height="700"></iframe>'


class Site:
    """Serves scenes as the app does, and the pages that measure them; remembers what was asked for.

    Parameters
    ----------
    scenes : dict of str to Scene
        By their names.
    """

    def __init__(self, scenes: dict[str, Scene]) -> None:
        self._scenes, self.asked = scenes, []
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                parts = urlsplit(self.path)
                name = parts.path.strip("/")
                query = {key: values[0] for key, values in parse_qs(parts.query).items()}
                if name == "measure":
                    headers = [(b"content-type", b"text/html; charset=utf-8")]
                    frames = [
                        FRAME.format(scene=scene, width=width) for scene in site._scenes for width in WIDTHS
                    ]
                    body = MEASURE.format(frames="".join(frames))
                elif name in site._scenes:
                    paused = "pause" in query
                    headers = page_headers(paused)
                    if "soon" in query:
                        headers = [(key, b"0.1" if key == b"refresh" else value) for key, value in headers]
                    if "framed" in query:
                        headers = [
                            (key, value.replace(b"; frame-ancestors 'none'", b"")) for key, value in headers
                        ]
                    body = page(*site._scenes[name], query.get("find", ""), paused=paused)
                else:
                    self.send_error(404)
                    return
                content = body.encode()
                self.send_response(200)
                for key, value in headers:
                    self.send_header(key.decode(), value.decode())
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def open(self) -> Iterator[Site]:
        thread = threading.Thread(target=self._server.serve_forever)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site({name: make() for name, make in SCENES.items()}).open() as opened:
        yield opened


def browsed(url: str, folder: Path, *options: str) -> str:
    """The document as a browser has it after its scripts, if any ran."""
    budget = "--virtual-time-budget=4000"
    done = run([*BROWSER, f"--user-data-dir={folder}", budget, "--dump-dom", *options, url])
    assert done.returncode == 0, done.stderr
    return done.stdout + (done.stderr if "--enable-logging=stderr" in options else "")


def test_it_is_styled_and_nothing_is_wider_than_its_screen(site, tmp_path):
    dom = browsed(f"{site.url}/measure", tmp_path)
    told = json.loads(unescape(re.search(r'<p id="told">({.*?})</p>', dom)[1]))
    assert len(told) == len(SCENES) * len(WIDTHS)
    for name, (wider, font, red, foreign, title) in told.items():
        assert (name, wider, foreign) == (name, 0, 0)
        assert "system-ui" in font
        assert red == ("" if name.startswith("well") else "rgb(179, 52, 31)")
        assert title == ("All well: bporoute" if name.startswith("well") else "Degraded: bporoute")


def test_nothing_of_a_contact_runs_or_is_loaded(site, tmp_path):
    before = len(site.asked)
    dom = browsed(f"{site.url}/hostile?pause=1&find={quote(HOSTILE[1])}", tmp_path)
    assert re.findall(r"<(?:script|img|iframe)\b", dom) == []
    assert "onerror=alert(1)" in dom
    assert "&lt;img src=x onerror=alert(1)&gt;" in dom
    asked = [each for each in site.asked[before:] if not each.startswith("/favicon")]
    assert len(asked) == 1  # nothing else is loaded, and where it was stopped it does not come again


def test_a_page_of_others_cannot_have_it_in_a_frame(site, tmp_path):
    others = MEASURE.format(frames=f'<iframe id="well" src="{site.url}/well?pause=1"></iframe>')
    (tmp_path / "others.html").write_text(others.replace("frame.contentDocument", "null"))
    before = len(site.asked)
    said = browsed(
        (tmp_path / "others.html").as_uri(), tmp_path / "profile", "--enable-logging=stderr", "--v=0"
    )
    assert "/well?pause=1" in site.asked[before:]
    assert "frame-ancestors" in said


def test_it_comes_again_by_itself_with_the_search(site, tmp_path):
    before, address = len(site.asked), "/well?find=call-5&soon=1"
    with started([*BROWSER, f"--user-data-dir={tmp_path}", f"{site.url}{address}"]):
        assert wait_until(lambda: site.asked[before:].count(address) > 2)
    assert {each for each in site.asked[before:] if "find" in each} == {address}
