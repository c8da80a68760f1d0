#!/usr/bin/env python3
"""Tiles images with Skyfeed and its peers in turn, and prints the table of docs/performance.md.

    benches/compare.py --images DIR [--skyfeed PROGRAM] [--toasty PROGRAM] [--rounds N] [NAME…]

NAMEs are files of DIR, as benches/images.py makes them: `s.jpg m.png`; without any, all are taken. vips comes from the package libvips-tools,
toasty from PyPI (`pip install toasty==0.20.1 Pillow`); without --toasty it is left out, as it takes minutes. Put DIR and TMPDIR on a tmpfs.

In each round every program runs once on each image, so that all of them see the same machine. CPU is user and system time, memory the
largest resident set of one process; times and memory are medians. "CPU of vips" is how many times the CPU time of the Skyfeed run of that line
vips takes in the same round, again the median: against its fastest good setting for `fast` and `balanced`, its smallest one for `small`.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

VIPS_FAST, VIPS_SMALL = "vips, level 1, filter up", "vips, level 6, all filters"
SUFFIXES = {VIPS_FAST: ".png[compression=1,filter=up]", VIPS_SMALL: ".png[compression=6,filter=all]"}
RIVALS = {"skyfeed fast": VIPS_FAST, "skyfeed balanced": VIPS_FAST, "skyfeed small": VIPS_SMALL}
TOASTY = "toasty 0.20.1"


def commands(name, image, out, options):
    """The commands of one program, to be run one after the other."""
    if name == TOASTY:
        yield [options.toasty, "tile-study", "--outdir", out, image]
        deepest = max((int(folder.name) for folder in Path(out).iterdir() if folder.name.isdigit()), default=0)
        yield [options.toasty, "cascade", "--start", str(deepest), out]
    elif name in SUFFIXES:
        tiling = ["--tile-size", "256", "--overlap", "0", "--depth", "onetile", "--suffix", SUFFIXES[name]]
        yield ["vips", "dzsave", image, f"{out}/tiles", *tiling]
    else:
        yield [options.skyfeed, "tile-study", image, "--outdir", out, "--compression", name.split()[1], "--force"]


def run(command):
    """Wall seconds, CPU seconds, and the largest resident set in MB."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command} failed: {errors.decode()}")
    return time.monotonic() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def measure(name, image, options):
    with tempfile.TemporaryDirectory() as out:
        runs = [run(command) for command in commands(name, str(image), out, options)]
        tiles = [path for path in Path(out).rglob("*.png") if "_" in path.name]
        size = sum(path.stat().st_size for path in tiles) / 1e6
    wall, cpu, memory = zip(*runs)
    return {"wall": sum(wall), "cpu": sum(cpu), "memory": max(memory), "tiles": len(tiles), "size": size}


def rows(image, options):
    names = [*RIVALS, VIPS_FAST, VIPS_SMALL]
    rounds = []
    for index in range(options.rounds):
        # toasty takes a minute for 100 megapixels: once is enough.
        present = names + ([TOASTY] if options.toasty and index == 0 else [])
        rounds.append({name: measure(name, image, options) for name in present})
    for name in rounds[0]:
        of_name = [results[name] for results in rounds if name in results]
        median = {key: statistics.median(result[key] for result in of_name) for key in of_name[0]}
        rival = RIVALS.get(name)
        ratio = f"{statistics.median(r[rival]['cpu'] / r[name]['cpu'] for r in rounds):.1f}" if rival else ""
        yield [
            image.name, name, f"{median['cpu']:.2f}", f"{median['wall']:.2f}", f"{median['memory']:.0f}",
            f"{median['tiles']:.0f}", f"{median['size']:.2f}", ratio,
        ]  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--skyfeed", default="target/release/skyfeed")
    parser.add_argument("--toasty")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    if not shutil.which("vips"):
        sys.exit("vips is missing: install the package libvips-tools")
    names = options.names or sorted(path.name for path in options.images.iterdir() if path.suffix in (".jpg", ".png", ".tif"))
    print("| image | program | CPU s | wall s | memory MB | tiles | MB | CPU of vips |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name in names:
        for row in rows(options.images / name, options):
            print("|", " | ".join(row), "|", flush=True)


if __name__ == "__main__":
    main()
