#!/usr/bin/env python3
"""Takes the picture of docs/page.md: a server in a temporary directory, the demo's shoppers in it, the page in Chromium.

KINDRED_BIN_DIR=build/bin python3 tests/nodes/kindred/page_picture.py docs/page.png
"""

import json
import os
import subprocess
import sys
import tempfile

from browser import CHROMIUM, Browser
from server import Server, free_port, wait_until

TOOL = os.path.join(os.environ.get("KINDRED_BIN_DIR", "build/bin"), "kindredctl")
WIDTH, HEIGHT = 1360, 880
SHOPPERS = 4000
POINTS = 20  # of the lines of rates: before the shoppers are through with their two weeks
PATIENCE_S = 300
LINE = "document.querySelector('#events path')?.getAttribute('d') ?? ''"


def shopper_with_clicks(server):
    """One who took something of what was decided for him, lately enough to be explained."""
    for number in range(SHOPPERS):
        reply = server.ask("GET", f"/v1/profiles/shopper-{number:05}?decisions=10")
        for decision in reply[1].get("decisions", ()) if reply else ():
            taken = any(item["clicked"] for item in decision["items"])
            if taken and server.ask("GET", "/v1/decisions/" + decision["decisionId"])[0] == 200:
                return f"shopper-{number:05}", decision["decisionId"]
    return None


def take(server, endpoint, folder, path):
    demo = subprocess.Popen([TOOL, "--endpoint", endpoint, "demo", "--users", str(SHOPPERS)], stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
    browser = Browser(folder)
    try:
        browser.open(f"http://127.0.0.1:{server.port}/")
        browser.call("Emulation.setDeviceMetricsOverride", width=WIDTH, height=HEIGHT, deviceScaleFactor=1, mobile=False)
        browser.call("Emulation.setScrollbarsHidden", hidden=True)
        browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "light"}])
        wait_until(lambda: browser.run(LINE).count("L") >= POINTS, "a line of rates", PATIENCE_S)
        user, decision = wait_until(lambda: shopper_with_clicks(server), "a shopper who took something", PATIENCE_S)
        browser.run(f"location.hash = 'user=' + {json.dumps(user)}")
        summary = f"document.querySelector('[data-decision=\"{decision}\"] summary')"
        browser.wait(f"{summary} !== null")
        browser.run(f"{summary}.click()")
        browser.wait("document.querySelector('#user details table') !== null")
        browser.wait("parseFloat(document.getElementById('decisions').innerText) > 0")
        browser.screenshot(path)
    finally:
        browser.close()
        demo.terminate()
        demo.wait()


def main():
    if len(sys.argv) != 2 or CHROMIUM is None:
        sys.exit(f"{__doc__.strip()}\n\nNeeds the name of the picture, and chromium (tools/install_packages browser).")
    with tempfile.TemporaryDirectory(prefix="kindred-picture-") as folder:
        endpoint = f"tcp://127.0.0.1:{free_port()}"
        server = Server(os.path.join(folder, "data"), "--listen", endpoint, "--clock", "events")
        try:
            take(server.wait_ready(), endpoint, folder, sys.argv[1])
        finally:
            server.kill()


if __name__ == "__main__":
    main()
