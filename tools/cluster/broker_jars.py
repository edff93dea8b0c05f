"""The broker's jars: got by Maven once per build directory, shared with the tests (tests/support/kafka)."""

import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
POM = ROOT / "tests/support/kafka/pom.xml"
DOWNLOAD_WITHIN_S = 480
ASK_WITHIN_S = 60


class Missing(Exception):
    """Why no broker can be started here."""


def build_directory():
    return pathlib.Path(os.environ.get("KINDRED_BUILD_DIR", ROOT / "build/dev")).resolve()


def archive():
    return build_directory() / "kafka" / "broker.jsa"


def answers(*words):
    try:
        return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=ASK_WITHIN_S).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def folder(say=lambda text: None):
    """Where jars and the archive of classes are; the jars are got where they are not there yet, which takes minutes."""
    place = build_directory() / "kafka"
    if not answers("java", "-version"):
        raise Missing("there is no Java (Debian: openjdk-17-jre-headless)")
    if (place / "libs").is_dir():
        return place
    if not answers("mvn", "-v"):
        raise Missing("there is no Maven (Debian: maven)")
    say("getting the jars of the Kafka broker with Maven (46 files, once per build directory)")
    place.mkdir(parents=True, exist_ok=True)
    fresh = place / f"libs.{os.getpid()}"  # two programs may be at it
    log = place / "maven.log"
    for more in (["-o"], []):
        with open(log, "ab") as says:
            try:
                done = subprocess.run(["mvn", "-B", "-q", "-f", POM, "dependency:copy-dependencies", "-DincludeScope=runtime",
                                       f"-DoutputDirectory={fresh}", *more], stdin=subprocess.DEVNULL, stdout=says,
                                      stderr=says, timeout=DOWNLOAD_WITHIN_S)
            except subprocess.TimeoutExpired:
                continue
        if done.returncode == 0:
            try:
                fresh.rename(place / "libs")
            except OSError:
                shutil.rmtree(fresh, ignore_errors=True)  # the other program was first
            return place
    shutil.rmtree(fresh, ignore_errors=True)
    raise Missing(f"Maven could not get the broker's jars; {log} says why")
