"""Users that a cluster has before it is hurt, so that what moves between nodes has a weight. They are told through one node by
`kindredctl track`, an event each; the load that is checked has users of its own.
"""

import json
import subprocess
import time

import processes

ITEMS = 1000
TELLING_S_PER_USER = 0.002  # at least 500 users a second, else something is wrong
TELLING_S_LEAST = 60


def lines(users):
    """An event of each, as NDJSON; the same for the same number."""
    for number in range(users):
        yield json.dumps({"userId": f"crowd-{number}", "event": "view", "item": f"crowd-item-{number * 7919 % ITEMS}",
                          "messageId": f"crowd-{number}"}) + "\n"


def tell(programs, endpoint, users, say):
    """Until all are acknowledged; raises processes.NotInTime where some are not."""
    began = time.monotonic()
    teller = subprocess.Popen([programs / "kindredctl", "--endpoint", endpoint, "track"], stdin=subprocess.PIPE,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        with teller.stdin:
            teller.stdin.writelines(lines(users))
        code = teller.wait(TELLING_S_LEAST + users * TELLING_S_PER_USER)
    except (BrokenPipeError, subprocess.TimeoutExpired):
        code = None
    finally:
        if teller.poll() is None:
            teller.kill()
        said = teller.stderr.read().strip()
        teller.wait()
    if code != 0:
        raise processes.NotInTime(f"{users} users could not be told: {said[-500:] or 'it took too long'}")
    say(f"{users} users were told in {time.monotonic() - began:.0f} s")
