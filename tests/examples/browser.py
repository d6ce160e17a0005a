"""A real browser without a window: Chromium, by its DevTools protocol over a pipe."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")

_OPTIONS = (
    "--headless=new",
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # it asks nobody but the server of the test
    "--hide-scrollbars",
    "--allow-pre-commit-input",  # else a click on a page that is loaded and not drawn yet is lost
    "--window-size=1100,820",
    "--remote-debugging-pipe",
    "about:blank",
)


def executable() -> str | None:
    """The path of a Chromium, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """Run a browser for a block, with a profile of its own."""
    path = executable()
    assert path is not None
    in_read, in_write = os.pipe()
    out_read, out_write = os.pipe()
    # it reads its commands from the third file, and answers to the fourth
    process = subprocess.Popen(
        [
            "sh",
            "-c",
            f'exec "$0" "$@" 3</dev/fd/{in_read} 4>/dev/fd/{out_write}',
            path,
            f"--user-data-dir={profile}",
            *_OPTIONS,
        ],
        pass_fds=(in_read, out_write),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(in_read)
    os.close(out_write)
    try:
        yield Browser(in_write, out_read)
    finally:
        os.close(in_write)  # with which it ends
        os.close(out_read)
        try:
            process.wait(timeout=240)
        finally:
            process.kill()
            process.wait()


class Browser:
    """One page of a browser, with a user who looks, clicks and types."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands = commands
        self._answers = answers
        self._buffer = b""
        self._number = 0
        self._loaded = ""
        self._session: str | None = None
        while not (pages := self._pages()):  # it answers before it has one
            time.sleep(0.05)
        self._page = pages[0]
        self._session = self._call("Target.attachToTarget", targetId=self._page, flatten=True)["sessionId"]
        self._call("Page.enable")
        self._call("Page.setLifecycleEventsEnabled", enabled=True)

    # -- what a user does

    def open(self, url: str) -> None:
        loading = self._call("Page.navigate", url=url)
        assert "errorText" not in loading, loading
        while self._loaded != loading["loaderId"]:
            self._read()

    def follow(self, selector: str) -> None:
        """Click on something, and wait for the page that it leads to."""
        before = self._loaded
        x, y = self._evaluate(
            f"""(() => {{
                const element = document.querySelector({json.dumps(selector)});
                element.scrollIntoView({{block: "center"}});
                const box = element.getClientRects()[0];
                return [box.x + box.width / 2, box.y + box.height / 2];
            }})()"""
        )
        for kind in ("mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        while self._loaded == before:
            self._read()

    def type(self, selector: str, text: str) -> None:
        """Type a text in place of that of a field."""
        self._evaluate(f"document.querySelector({json.dumps(selector)}).select()")
        self._call("Input.insertText", text=text)

    def choose(self, selector: str, label: str) -> None:
        """Choose an option of a select."""
        self._evaluate(
            f"""(() => {{
                const select = document.querySelector({json.dumps(selector)});
                select.value = [...select.options].find((option) => option.text === {json.dumps(label)}).value;
            }})()"""
        )

    # -- what a user sees

    def texts(self, selector: str) -> list[str]:
        """The texts of all elements of a selector."""
        found = self._evaluate(
            f"[...document.querySelectorAll({json.dumps(selector)})]"
            ".map((element) => (element.innerText ?? element.textContent).trim())"  # SVG has no innerText
        )
        assert isinstance(found, list)
        return found

    def value(self, selector: str) -> str:
        """The value of a field."""
        return str(self._evaluate(f"document.querySelector({json.dumps(selector)}).value"))

    @property
    def address(self) -> str:
        return str(self._evaluate("document.location.href"))

    def screenshot(self) -> bytes:
        """A picture of the page, as PNG."""
        return base64.b64decode(self._call("Page.captureScreenshot")["data"])

    # -- the protocol

    def _evaluate(self, expression: str) -> Any:
        answer = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def _pages(self) -> list[str]:
        targets = self._call("Target.getTargets")["targetInfos"]
        return [target["targetId"] for target in targets if target["type"] == "page"]

    def _call(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]

    def _read(self) -> Any:
        """Read a message: an answer, or an event."""
        while b"\0" not in self._buffer:
            part = os.read(self._answers, 65536)
            assert part, "the browser has ended"
            self._buffer += part
        text, _, self._buffer = self._buffer.partition(b"\0")
        message = json.loads(text)
        event = message.get("params", {}) if message.get("method") == "Page.lifecycleEvent" else {}
        if event.get("name") == "load" and event["frameId"] == self._page:
            self._loaded = event["loaderId"]
        return message
