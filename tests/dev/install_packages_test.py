"""tools/install_packages: who may install, what is said where nobody may, and that no service starts."""

import sys
import unittest

from scratch import ROOT, ScratchTest

SCRIPT = ROOT / "tools" / "install_packages"
ALL_INSTALLED = 'shift 2; for name in "$@"; do echo "installed $name"; done'
NINJA_MISSING = 'shift 2; for name in "$@"; do [ "$name" = ninja-build ] || echo "installed $name"; done'


class InstallPackages(ScratchTest):
    def setUp(self):
        super().setUp()
        self.fake("dpkg-query", NINJA_MISSING)
        self.fake("apt-get", "exit 0")
        self.be("root")

    def be(self, who):
        self.fake("id", "echo 0" if who == "root" else "echo 1000")

    def apt_calls(self):
        return [call for call in self.calls() if call.startswith("apt-get")]

    def test_does_nothing_where_everything_is_there(self):
        self.fake("dpkg-query", ALL_INSTALLED)
        done = self.run_script(SCRIPT, "base")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertEqual(self.apt_calls(), [])

    def test_root_installs_what_is_missing_and_says_so(self):
        done = self.run_script(SCRIPT, "base")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("installing 1 Debian packages", done.stderr)
        install = self.apt_calls()[-1]
        self.assertIn(" install --no-install-recommends ninja-build", install)
        self.assertIn(" -y ", install)
        self.assertIn(" update", self.apt_calls()[0])

    def test_a_group_that_was_not_asked_for_is_left_out(self):
        self.fake("dpkg-query", "exit 1")
        self.run_script(SCRIPT, "format")
        self.assertTrue(self.apt_calls()[-1].endswith("install --no-install-recommends clang-format-14"))

    def test_services_are_forbidden_while_installing_and_not_after(self):
        self.fake("apt-get", f'grep -c "exit 101" "{self.dir}/policy-rc.d" >>"{self.dir}/seen"')
        self.assertEqual(self.run_script(SCRIPT, "base").returncode, 0)
        self.assertEqual((self.dir / "seen").read_text().split(), ["1", "1"])
        self.assertFalse((self.dir / "policy-rc.d").exists())

    def test_the_guard_goes_away_when_apt_fails(self):
        self.fake("apt-get", "exit 100")
        done = self.run_script(SCRIPT, "base")
        self.assertEqual(done.returncode, 2)
        self.assertIn("apt-get update failed", done.stderr)
        self.assertFalse((self.dir / "policy-rc.d").exists())

    def test_a_policy_that_was_there_stays(self):
        (self.dir / "policy-rc.d").write_text("somebody's decision\n")
        self.assertEqual(self.run_script(SCRIPT, "base").returncode, 0)
        self.assertEqual((self.dir / "policy-rc.d").read_text(), "somebody's decision\n")

    def test_the_service_of_a_package_does_not_start_with_the_machine(self):
        self.fake("dpkg-query", 'shift 2; for name in "$@"; do [ "$name" = prometheus ] || echo "installed $name"; done')
        self.fake("deb-systemd-helper", "exit 0")
        self.assertEqual(self.run_script(SCRIPT, "base").returncode, 0)
        self.assertIn("deb-systemd-helper disable prometheus.service", self.calls())

    def test_without_root_and_sudo_the_one_command_is_printed(self):
        self.be("user")
        done = self.run_script(SCRIPT, "base")
        self.assertEqual(done.returncode, 2)
        self.assertIn("as root run: tools/install_packages base", done.stderr)
        self.assertEqual(self.apt_calls(), [])

    def test_sudo_is_not_asked_for_a_password_without_a_terminal(self):
        self.be("user")
        self.fake("sudo", "exit 1")
        done = self.run_script(SCRIPT, "base")
        self.assertEqual(done.returncode, 2)
        self.assertIn("run: sudo tools/install_packages base", done.stderr)
        self.assertTrue(any(call.startswith("sudo -n ") for call in self.calls()))
        self.assertEqual(self.apt_calls(), [])

    def test_sudo_without_a_password_installs(self):
        self.be("user")
        # What sudo does: run the rest as root, from here on `id -u` says 0.
        self.fake("sudo", f'printf "#!/bin/sh\\necho 0\\n" >"{self.bin}/id"; shift 2; exec "$@"')
        done = self.run_script(SCRIPT, "base")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("install", self.apt_calls()[-1])

    def test_another_system_is_refused_with_the_reason(self):
        for name, version in [("debian", "13"), ("ubuntu", "12"), ("fedora", "40")]:
            self.os_release(name, version)
            done = self.run_script(SCRIPT, "base")
            self.assertEqual(done.returncode, 2)
            self.assertIn("not Debian 12", done.stderr)
        self.assertEqual(self.apt_calls(), [])

    def test_dev_passes_the_refusal_on(self):
        self.be("user")
        self.fake("dpkg-query", "exit 1")
        for verb in (["test"], ["build"], ["demo"], ["simulate"], ["fuzz", "1"], ["lint"], ["fmt"]):
            done = self.run_script(ROOT / "dev", *verb)
            self.assertEqual(done.returncode, 2, f"./dev {verb}: {done.stderr}")
            self.assertIn("as root run: tools/install_packages", done.stderr)

    def test_the_quality_bench_goes_on_without_the_package_of_its_references(self):
        self.be("user")
        self.fake("dpkg-query", ALL_INSTALLED.replace("echo", '[ "$name" = python3-venv ] || echo'))
        for program in ("cmake", "ninja"):
            self.fake(program, "exit 7")
        done = self.run_script(ROOT / "dev", "bench", "quality")
        self.assertIn("as root run: tools/install_packages quality", done.stderr)
        self.assertIn("going on without the reference libraries", done.stderr)
        self.assertTrue({"cmake", "ninja"} & {call.split()[0] for call in self.calls()}, done.stderr)  # the build began


class PackageList(unittest.TestCase):
    def test_every_package_has_a_group_and_a_reason(self):
        lines = (ROOT / "tools" / "packages.txt").read_text().splitlines()
        packages = [line.split(None, 2) for line in lines if line.strip() and not line.startswith("#")]
        for line in packages:
            self.assertEqual(len(line), 3, line)
            self.assertIn(line[0], ("base", "browser", "broker", "network", "fuzz", "format", "quality"))
        names = [line[1] for line in packages]
        self.assertEqual(len(names), len(set(names)), "a package stands twice")


if __name__ == "__main__":
    sys.exit(unittest.main())
