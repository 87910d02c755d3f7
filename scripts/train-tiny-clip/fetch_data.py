"""Download and unpack the pinned npm and Debian packages into WORK/npm and WORK/debian."""

import subprocess
import sys
from pathlib import Path

from config import DEBIAN_PACKAGES, NPM_PACKAGES


def fetch_npm(work: Path) -> None:
    """`npm pack` every package (a plain tarball, no install script runs) and unpack it under WORK/npm/<name>."""
    folder = work / "npm"
    folder.mkdir(parents=True, exist_ok=True)
    for name, version in NPM_PACKAGES.items():
        target = folder / name.split("/")[-1]
        if (target / "package.json").exists():
            continue
        print(f"npm {name}@{version}", file=sys.stderr)
        packed = subprocess.run(
            ["npm", "pack", "--silent", f"{name}@{version}"], cwd=folder, check=True, capture_output=True, text=True
        )
        target.mkdir(exist_ok=True)
        tarball = folder / packed.stdout.strip().splitlines()[-1]
        subprocess.run(["tar", "xzf", str(tarball), "-C", str(target), "--strip-components=1"], check=True)
        tarball.unlink()


def fetch_debian(work: Path) -> None:
    """`apt-get download` every package and unpack it, without installing it, under WORK/debian."""
    folder = work / "debian"
    folder.mkdir(parents=True, exist_ok=True)
    for name, version in DEBIAN_PACKAGES.items():
        if (folder / "usr/share/doc" / name).exists():
            continue
        print(f"debian {name}={version}", file=sys.stderr)
        subprocess.run(["apt-get", "download", f"{name}={version}"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        archive = next(folder.glob(f"{name}_*.deb"))
        subprocess.run(["dpkg", "-x", str(archive), str(folder)], check=True)
        archive.unlink()


def fetch(work: Path) -> None:
    """Bring all data; what is already there is kept."""
    fetch_npm(work)
    fetch_debian(work)
