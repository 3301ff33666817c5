"""The front end is built from exact versions, names no registry and is not built twice."""

import json
import re
import subprocess

import pytest
from tools import build_frontend
from tools.build_frontend import DIST, ROOT, UI


def test_a_second_build_does_nothing() -> None:
    build_frontend.install_packages(force=False)
    build_frontend.bundle(force=False)
    assert not build_frontend.install_packages(force=False)
    assert not build_frontend.bundle(force=False)


def test_every_package_is_pinned() -> None:
    manifest = json.loads((ROOT / "package.json").read_text("utf-8"))
    versions = [*manifest["dependencies"].values(), *manifest["devDependencies"].values()]
    assert [version for version in versions if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_the_lock_file_has_hashes_and_no_addresses() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    third_party = {name: entry for name, entry in packages.items() if name}
    assert third_party
    assert [name for name, entry in third_party.items() if "integrity" not in entry] == []
    assert [name for name, entry in third_party.items() if "resolved" in entry] == []


def test_the_licence_of_everything_bundled_lies_beside_it() -> None:
    build_frontend.bundle(force=False)
    notices = (DIST / "LICENSES.txt").read_text("utf-8")
    for name in json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"]:
        assert f"{name}\n===" in notices


def test_a_failed_command_says_which_and_why() -> None:
    with pytest.raises(build_frontend.BuildError, match=r"npm frobnicate failed \(exit \d+\)"):
        build_frontend.run([*build_frontend.npm_command(), "frobnicate"], "npm frobnicate")


def test_the_wheels_node_can_stand_in_for_the_systems() -> None:
    done = subprocess.run(
        [*build_frontend.wheel_command("node"), "--version"], capture_output=True, text=True, check=True
    )
    assert int(done.stdout.strip().removeprefix("v").partition(".")[0]) >= build_frontend.OLDEST_NODE


def test_pages_have_no_inline_script_or_style() -> None:
    templates = list((UI / "templates").rglob("*.html"))
    assert len(templates) > 20
    found = [
        path.name
        for path in templates
        if re.search(r"<style|\sstyle=|\son[a-z]+=|<script>", path.read_text("utf-8"))
    ]
    assert found == []


def test_the_font_of_documents_is_put_in_place_once() -> None:
    build_frontend.install_packages(force=False)
    build_frontend.copy_fonts(force=False)
    assert not build_frontend.copy_fonts(force=False)
    assert sorted(path.name for path in build_frontend.FONTS.iterdir()) == [
        "NotoSans-400Regular.ttf",
        "NotoSans-600SemiBold.ttf",
        "OFL.txt",
    ]
