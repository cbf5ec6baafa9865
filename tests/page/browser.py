"""A headless Chromium, driven by WebDriver over HTTP: what a hand and a keyboard can do."""

import base64
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"Left": "\ue012", "Right": "\ue014", "Escape": "\ue00c", "Enter": "\ue007", "Tab": "\ue004"}
PATIENCE_SECONDS = 30


def missing():
    """What is not installed of what this needs, or None."""
    for program in ("chromium", "chromedriver"):
        if not shutil.which(program):
            return program
    return None


class Browser:
    """One window.  Used as a context: at the end everything that was started is ended."""

    def __init__(self, width=1400, height=820, dark=False):
        self.size = (width, height)
        self.dark = dark

    def __enter__(self):
        self.profile = tempfile.mkdtemp(prefix="aemp-page-")
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, text=True)
        self.base = "http://127.0.0.1:%s" % self._port()
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
                     "--hide-scrollbars", "--force-device-scale-factor=1", "--user-data-dir=" + self.profile,
                     "--window-size=%d,%d" % self.size]
        if self.dark:
            arguments.append("--force-dark-mode")
        wanted = {"browserName": "chrome", "goog:chromeOptions": {"args": arguments},
                  "goog:loggingPrefs": {"browser": "ALL"}}
        answer = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.base += "/session/" + answer["sessionId"]
        return self

    def __exit__(self, *unused):
        try:
            self._ask("DELETE", "", None)
        finally:
            self.driver.terminate()
            self.driver.wait()
            shutil.rmtree(self.profile, ignore_errors=True)

    def _port(self):
        for line in self.driver.stdout:
            if "started successfully on port" in line:
                return line.rsplit(" ", 1)[1].strip(" .\n")
        raise RuntimeError("chromedriver does not say its port")

    def _ask(self, method, path, body):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return json.load(answer)["value"]

    def open(self, path, address=""):
        """Opens the file; how many milliseconds it took until the first picture."""
        self._ask("POST", "/url", {"url": "about:blank"})
        self._ask("POST", "/url", {"url": "file://%s%s" % (path, address)})
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            ready = self.run("return document.body && document.body.dataset.ready")
            if ready:
                self.settle()
                return int(ready)
            time.sleep(0.02)
        raise RuntimeError("%s is not ready: %s" % (path, self.complaints()))

    def run(self, script):
        return self._ask("POST", "/execute/sync", {"script": script, "args": []})

    def settle(self):
        """Until what was asked for is drawn."""
        self._ask("POST", "/execute/async", {"args": [], "script":
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done(1)));"})

    def complaints(self):
        """Errors in the console, since the last time."""
        entries = self._ask("POST", "/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]

    def text(self, selector):
        return self.run("const e = document.querySelector(%s); return e ? e.innerText : null" % json.dumps(selector))

    def count(self, selector):
        return self.run("return document.querySelectorAll(%s).length" % json.dumps(selector))

    def box(self, selector):
        return self.run("const b = document.querySelector(%s).getBoundingClientRect();"
                        "return [b.x, b.y, b.width, b.height]" % json.dumps(selector))

    def _act(self, kind, actions, extra=None):
        source = dict({"type": kind, "id": kind, "actions": actions}, **(extra or {}))
        self._ask("POST", "/actions", {"actions": [source]})
        self.settle()

    def click(self, x, y):
        self._act("pointer", [{"type": "pointerMove", "x": round(x), "y": round(y), "duration": 0},
                              {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}])

    def click_on(self, selector):
        x, y, width, height = self.box(selector)
        self.click(x + width / 2, y + height / 2)

    def hover(self, x, y):
        self._act("pointer", [{"type": "pointerMove", "x": round(x), "y": round(y), "duration": 0}])

    def drag(self, x, y, to_x, to_y):
        self._act("pointer", [{"type": "pointerMove", "x": round(x), "y": round(y), "duration": 0},
                              {"type": "pointerDown", "button": 0},
                              {"type": "pointerMove", "x": round(to_x), "y": round(to_y), "duration": 100},
                              {"type": "pointerUp", "button": 0}])

    def wheel(self, x, y, down):
        self._act("wheel", [{"type": "scroll", "x": round(x), "y": round(y), "deltaX": 0, "deltaY": down,
                             "duration": 0, "origin": "viewport"}])

    def press(self, *keys):
        for key in keys:
            value = KEYS.get(key, key)
            self._act("key", [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}])

    def print_pdf(self):
        return base64.b64decode(self._ask("POST", "/print", {"orientation": "landscape", "background": True}))

    def screenshot(self, path):
        picture = self._ask("GET", "/screenshot", None)
        with open(path, "wb") as file:
            file.write(base64.b64decode(picture))
