"""Headless Chromium for the tests of the page: driven over the DevTools protocol, by a pipe. Standard library only.

One process has one page at a time; everything is in a folder of its own and ends with `close`.
"""

import base64
import fcntl
import json
import os
import shutil
import subprocess
import threading

from server import PATIENCE_S, wait_until

CHROMIUM = shutil.which("chromium")
FLAGS = ["--headless=new", "--no-sandbox",  # nothing but our own page is opened, and CI is root
         "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
         "--disable-default-apps", "--disable-extensions", "--disable-sync", "--no-first-run", "--no-default-browser-check",
         "--disable-breakpad", "--metrics-recording-only", "--mute-audio",
         "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
READ_BYTES = 1 << 16
FIRST_FREE = 10  # descriptors 3 and 4 are the child's


class Browser:
    def __init__(self, folder):
        to_child, self.out = os.pipe()
        self.incoming, from_child = os.pipe()
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, FIRST_FREE) for end in (to_child, from_child)]
        # It reads commands at descriptor 3 and writes to 4.
        begin = f'exec "$0" "$@" 3<&{ends[0]} 4>&{ends[1]}'
        words = [CHROMIUM, *FLAGS, "--remote-debugging-pipe", f"--user-data-dir={folder}/chromium"]
        self.log = open(f"{folder}/chromium.log", "wb")
        self.process = subprocess.Popen(["bash", "-c", begin, *words], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                        pass_fds=ends, env={**os.environ, "HOME": folder})
        for end in (to_child, from_child, *ends):
            os.close(end)
        self.changed = threading.Condition()
        self.answers, self.events, self.handlers, self.last = {}, [], {}, 0
        self.ended = False
        threading.Thread(target=self.read, daemon=True).start()
        self.session = None

    def read(self):
        rest = b""
        while chunk := os.read(self.incoming, READ_BYTES):
            *messages, rest = (rest + chunk).split(b"\0")
            for message in map(json.loads, messages):
                with self.changed:
                    if "id" in message:
                        self.answers[message["id"]] = message
                    else:
                        self.events.append(message)
                    self.changed.notify_all()
                handler = self.handlers.get(message.get("method"))
                if handler:
                    handler(message["params"])
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def send(self, method, **params):
        with self.changed:
            self.last += 1
            number = self.last
            message = {"id": number, "method": method, "params": params}
            if self.session:
                message["sessionId"] = self.session
            os.write(self.out, json.dumps(message).encode() + b"\0")
        return number

    def call(self, method, **params):
        number = self.send(method, **params)
        with self.changed:
            if not self.changed.wait_for(lambda: number in self.answers or self.ended, PATIENCE_S):
                raise AssertionError(f"chromium did not answer {method}")
            if number not in self.answers:
                raise AssertionError(f"chromium ended during {method}")
            answer = self.answers.pop(number)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def open(self, url, before="", instead=None):
        """A new page; `before` runs in it before its own scripts. `instead`: (pattern, body): what it asks for at addresses
        like the pattern is answered here, with the JSON of what `body` makes."""
        self.close_page()
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        if before:
            self.call("Page.addScriptToEvaluateOnNewDocument", source=before)
        if instead:
            self.answer_instead(*instead)
        self.call("Page.navigate", url=url)

    def close_page(self):
        if self.session:
            self.call("Page.close")
        self.session = None
        self.handlers = {}
        with self.changed:
            self.events.clear()

    def run(self, script):
        """The value of an expression, or of the promise that it is."""
        done = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in done:
            raise AssertionError(f"{script}: {done['exceptionDetails']}")
        return done["result"].get("value")

    def wait(self, script, what=None):
        """Until the expression is true; its value."""
        return wait_until(lambda: self.run(script), what or script)

    def answer_instead(self, pattern, body):
        def answer(params):
            headers = [{"name": "Content-Type", "value": "application/json"}]
            self.send("Fetch.fulfillRequest", requestId=params["requestId"], responseCode=200, responseHeaders=headers,
                      body=base64.b64encode(json.dumps(body()).encode()).decode())
        self.handlers["Fetch.requestPaused"] = answer
        self.call("Fetch.enable", patterns=[{"urlPattern": pattern}])

    def happened(self, method):
        with self.changed:
            return [event["params"] for event in self.events if event["method"] == method]

    def asked_for(self):
        return [event["request"] for event in self.happened("Network.requestWillBeSent")]

    def complaints(self):
        """Exceptions, errors on the console, and what the browser itself reports as one."""
        thrown = [event["exceptionDetails"] for event in self.happened("Runtime.exceptionThrown")]
        said = [event for event in self.happened("Runtime.consoleAPICalled") if event["type"] in ("error", "assert")]
        logged = [event["entry"] for event in self.happened("Log.entryAdded") if event["entry"]["level"] == "error"]
        return [*thrown, *said, *logged]

    def screenshot(self, path):
        image = self.call("Page.captureScreenshot", format="png")
        with open(path, "wb") as file:
            file.write(base64.b64decode(image["data"]))

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        os.close(self.out)
        self.log.close()
