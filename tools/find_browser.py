"""Print the path of a Chromium for the browser tests: the system's, Playwright's, or one installed now.

Prints nothing on standard output, and one line on standard error, when none can be had.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SECONDS = 600


def find_installed() -> str | None:
    """A browser that is there already."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install_with_playwright() -> str:
    """Fetch Playwright's Chromium; return what went wrong, empty when nothing."""
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        command.append("--with-deps")
    return _run(command)


def install_with_apt() -> str:
    """Install the system's Chromium; return what went wrong, empty when nothing."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return "only root installs packages, and only with apt-get"
    return _run(["apt-get", "update", "-q"]) or _run(["apt-get", "install", "-qy", "chromium"])


def main() -> int:
    """Find, else install, else say why not."""
    found = find_installed()
    reasons = []
    for install in (install_with_playwright, install_with_apt):
        if found is None:
            reasons.append(install())
            found = find_installed()
    if found is None:
        why = "; ".join(reason for reason in reasons if reason)
        sys.stderr.write(
            f"The browser tests will not run: no Chromium is here, and none can be had ({why}).\n"
        )
    else:
        print(found)
    return 0


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=SECONDS, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return ""
    lines = [line.strip() for line in (done.stderr + done.stdout).splitlines() if line.strip()]
    return lines[-1] if lines else f"{command[0]} ended with {done.returncode}"


if __name__ == "__main__":
    sys.exit(main())
