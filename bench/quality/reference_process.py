"""What the reference programs share: how they see their own memory and their threads. Runs in the references' own
environment; standard library and threadpoolctl."""

import re

import threadpoolctl


def peak_mb():
    """The greatest resident size since the program began. Not ru_maxrss, which starts with what its parent had when it
    forked; solvers_bench measures the same."""
    with open("/proc/self/status", encoding="ascii") as status:
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read()).group(1)) / 1024


def forget_peak():
    """The peak counts anew from what is resident now (proc(5), clear_refs 5)."""
    with open("/proc/self/clear_refs", "w", encoding="ascii") as clear:
        clear.write("5")


def blas():
    """Which OpenBLAS works, in words. Requires that it has one thread: else there is nothing to compare."""
    pools = threadpoolctl.threadpool_info()
    assert pools and all(pool["num_threads"] == 1 for pool in pools), pools
    return ", ".join(sorted({f"{pool['internal_api']} {pool['version']} {pool['architecture']}"
                             for pool in pools if pool["user_api"] == "blas"}))
