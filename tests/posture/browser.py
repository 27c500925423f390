"""A page in headless Chromium, spoken to over a pipe: no driver and no package is needed.

The protocol: https://chromedevtools.github.io/devtools-protocol/. Messages are JSON, each ended by
a zero byte; Chromium reads them from descriptor 3 and answers on descriptor 4.
"""

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
_FLAGS = ("--headless=new", "--disable-gpu", "--no-first-run", "--hide-scrollbars")
_PATIENCE = 20  # seconds
# Puts the pipes where Chromium looks for them, by way of numbers that neither can have.
_LAUNCH = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
os.dup2(ends[0], 3)
os.dup2(ends[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Page:
    """One tab."""

    def __init__(self, write: int, read: int) -> None:
        self._write, self._read = write, read
        self._rest, self._number, self._session = b"", 0, ""
        self.events: list[dict[str, Any]] = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        attached = self.send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401
        """Ask for something and wait for the answer; events that come before it are kept."""
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def open(self, address: str, *, width: int = 1440, height: int = 1000) -> None:
        """Load a page, and wait until it is there."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        # By way of nothing: to another place of the same page a browser only scrolls.
        for each in ("about:blank", address):
            self.events.clear()
            self.send("Page.navigate", url=each)
            while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
                self.events.append(self._next())

    def run(self, script: str) -> Any:  # noqa: ANN401
        """The value of an expression; of a promise, what it comes to."""
        answer = self.send(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """Press and release a key."""
        text = {"Enter": "\r"}.get(key, "")
        code = {"Enter": 13, "Tab": 9, "Escape": 27}[key]
        for kind in ("keyDown", "keyUp"):
            more = {"text": text} if text and kind == "keyDown" else {}
            self.send(
                "Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **more
            )

    def dark(self) -> None:
        """Prefer dark colours from now on."""
        feature = {"name": "prefers-color-scheme", "value": "dark"}
        self.send("Emulation.setEmulatedMedia", features=[feature])

    def screenshot(self, path: Path) -> None:
        """Write what is seen as PNG."""
        path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot")["data"]))

    def requests(self) -> list[str]:
        """Every address that was asked for since the page was opened."""
        return [
            event["params"]["request"]["url"]
            for event in self.events
            if event.get("method") == "Network.requestWillBeSent"
        ]

    def complaints(self) -> list[str]:
        """What the console says: errors, warnings and exceptions."""
        kinds = {"Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"}
        return [json.dumps(e["params"]) for e in self.events if e.get("method") in kinds]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._read], [], [], _PATIENCE)
            read = os.read(self._read, 1 << 16) if ready else b""
            if not read:
                raise AssertionError("Chromium has ended, or does not answer")
            self._rest += read
        message, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found


@contextmanager
def page() -> Iterator[Page]:
    """A browser with one tab and a profile of its own; both are gone afterwards."""
    assert CHROMIUM, "Chromium is not installed"
    to_browser, from_browser = os.pipe(), os.pipe()
    # Chromium refuses its sandbox to root, who runs the tests in containers.
    flags = (*_FLAGS, *(("--no-sandbox",) if os.geteuid() == 0 else ()))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        theirs = (to_browser[0], from_browser[1])
        launch = [sys.executable, "-c", _LAUNCH, *map(str, theirs)]
        browser = [CHROMIUM, *flags, f"--user-data-dir={profile}", "--remote-debugging-pipe"]
        process = subprocess.Popen(  # noqa: S603 -- Debian's Chromium, with flags from here
            [*launch, *browser],
            pass_fds=theirs,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser[0])
        os.close(from_browser[1])
        try:
            yield Page(to_browser[1], from_browser[0])
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()
            os.close(to_browser[1])
            os.close(from_browser[0])
