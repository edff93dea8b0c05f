"""Processes that outlive the command that started them and are never mistaken for others.

A process is remembered as {"pid", "started"}: its number and the clock tick at which the kernel began it. Numbers are given
again, the pair is not (until the machine starts anew, which boot() tells). Signals go through a handle of the kernel that
was opened before the pair was looked at, so no other process can be met in between.
"""

import os
import pathlib
import select
import signal
import subprocess
import time

PROC = pathlib.Path("/proc")


def boot():
    """Names this run of the machine."""
    return (PROC / "sys/kernel/random/boot_id").read_text().strip()


def look(pid):
    """(state letter, start tick) of a process, or None. One that ended and was not waited for counts as ended."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text.rpartition(")")[2].split()  # the name before may hold blanks and parentheses
    state, started = fields[0], int(fields[19])
    return None if state in "ZX" else (state, started)


def start(words, log, directory=None, environment=None):
    """Starts it detached: a session of its own, nothing to read, what it says at the end of `log`."""
    with open(log, "ab") as says:
        child = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=says, stderr=says,
                                 start_new_session=True, cwd=directory, env=environment)
    child.returncode = 0  # not waited for by this object: it is to outlive us
    seen = look(child.pid)
    return {"pid": child.pid, "started": seen[1] if seen else 0}


def state(process):
    """"running", "stopped" (by SIGSTOP) or "ended"."""
    reap(process)
    seen = look(process["pid"]) if process else None
    if seen is None or seen[1] != process["started"]:
        return "ended"
    return "stopped" if seen[0] in "Tt" else "running"


def reap(process):
    """Lets a child of this very program go, if it ended; of another's there is nothing to do."""
    try:
        os.waitpid(process["pid"], os.WNOHANG)
    except (ChildProcessError, TypeError):
        pass


def handle_of(process):
    """The kernel's handle of exactly this process, or None; to be closed."""
    try:
        handle = os.pidfd_open(process["pid"])
    except (ProcessLookupError, TypeError):
        return None
    seen = look(process["pid"])
    if seen is None or seen[1] != process["started"]:
        os.close(handle)
        return None
    return handle


def send(process, number):
    """False where it has ended, or another has its number now."""
    handle = handle_of(process)
    if handle is None:
        return False
    try:
        signal.pidfd_send_signal(handle, number)
        return True
    except ProcessLookupError:
        return False
    finally:
        os.close(handle)


def wait_end(process, within_s):
    """Whether it ended in time."""
    handle = handle_of(process)
    if handle is None:
        return True
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        ended = bool(poll.poll(int(within_s * 1000)))
    finally:
        os.close(handle)
    reap(process)
    return ended


def end(process, within_s):
    """In peace, and by force where it does not end in time. A stopped one is let go on first. True: in peace."""
    send(process, signal.SIGTERM)
    send(process, signal.SIGCONT)
    if wait_end(process, within_s):
        return True
    kill(process)
    return False


def kill(process):
    send(process, signal.SIGKILL)
    wait_end(process, 60)


class NotInTime(Exception):
    """A condition did not come, or can not come any more; the text says which and why."""


def wait_until(holds, what, within_s, pause_s=0.05):
    """Looks again and again; the value, as soon as it is true."""
    until = time.monotonic() + within_s
    while True:
        value = holds()
        if value:
            return value
        if time.monotonic() > until:
            raise NotInTime(f"not within {within_s} s: {what}")
        time.sleep(pause_s)
