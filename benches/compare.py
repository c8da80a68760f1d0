#!/usr/bin/env python3
"""Tiles images with Skyfeed and its peers in turn, and prints the tables of docs/performance.md.

    benches/compare.py --images DIR [--programs PROGRAM,…] [--rounds N] [--skyfeed FILE] [--toasty FILE] [NAME…]

NAMEs are files of DIR, as benches/images.py makes them: `s.jpg m.png`; without any, all are taken. PROGRAMs are

    fast balanced small   the presets of Skyfeed
    vips                  vips dzsave at the setting that is fastest for its size: level 1, filter up
    vips-small            vips dzsave at level 6 with all filters
    toasty                toasty 0.20.1, tile-study and then cascade; once, since it takes minutes

vips comes from the package libvips-tools, toasty from PyPI (`pip install toasty==0.20.1 Pillow`). Put DIR and TMPDIR on a tmpfs.

In each round every program runs once, so that all of them see the same machine. CPU is user and system time, memory the largest resident set
of one process; times and memory are medians. The last columns say how many times less CPU and wall time than vips Skyfeed took in the same
round, again as medians: vips at level 1 for `fast` and `balanced`, at level 6 for `small`.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

VIPS = {"vips": ".png[compression=1,filter=up]", "vips-small": ".png[compression=6,filter=all]"}
RIVALS = {"fast": "vips", "balanced": "vips", "small": "vips-small"}
PROGRAMS = [*RIVALS, *VIPS, "toasty"]


def commands(program, image, out, options):
    """The commands of one program, to be run one after the other."""
    if program == "toasty":
        yield [options.toasty, "tile-study", "--outdir", out, image]
        deepest = max((int(folder.name) for folder in Path(out).iterdir() if folder.name.isdigit()), default=0)
        yield [options.toasty, "cascade", "--start", str(deepest), out]
    elif program in VIPS:
        tiling = ["--tile-size", "256", "--overlap", "0", "--depth", "onetile", "--suffix", VIPS[program]]
        yield ["vips", "dzsave", image, f"{out}/tiles", *tiling]
    else:
        yield [options.skyfeed, "tile-study", image, "--outdir", out, "--compression", program, "--force"]


def run(command):
    """Wall seconds, CPU seconds, and the largest resident set in MB."""
    start = time.monotonic()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, used = os.wait4(process.pid, 0)
        if status != 0:
            errors.seek(0)
            sys.exit(f"{command} failed: {errors.read().decode()}")
    return time.monotonic() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def measure(program, image, options):
    with tempfile.TemporaryDirectory() as out:
        wall, cpu, memory = zip(*(run(command) for command in commands(program, str(image), out, options)))
        tiles = [path.stat().st_size for path in Path(out).rglob("*_*.png")]
    return {"wall": sum(wall), "cpu": sum(cpu), "memory": max(memory), "tiles": len(tiles), "size": sum(tiles) / 1e6}


def rows(image, options):
    rounds = []
    for index in range(options.rounds):
        present = [program for program in options.programs if program != "toasty" or index == 0]
        rounds.append({program: measure(program, image, options) for program in present})
    for program in options.programs:
        results = [results[program] for results in rounds if program in results]
        median = {key: statistics.median(result[key] for result in results) for key in results[0]}

        def times_less(key, program=program):
            rival = RIVALS.get(program)
            if rival not in options.programs:
                return ""
            return f"{statistics.median(results[rival][key] / results[program][key] for results in rounds):.1f}"

        yield [
            image.name, program, f"{median['cpu']:.2f}", f"{median['wall']:.2f}", f"{median['memory']:.0f}",
            f"{median['tiles']:.0f}", f"{median['size']:.2f}", times_less("cpu"), times_less("wall"),
        ]  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--programs", type=lambda text: text.split(","), default=["fast", "balanced", "small", "vips", "vips-small"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--skyfeed", default="target/release/skyfeed")
    parser.add_argument("--toasty", default="toasty")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    unknown = set(options.programs) - set(PROGRAMS)
    if unknown:
        parser.error(f"unknown programs {', '.join(sorted(unknown))}; known are {', '.join(PROGRAMS)}")
    images = (path for path in options.images.iterdir() if path.suffix in (".jpg", ".png", ".tif"))
    names = options.names or sorted(path.name for path in images)
    print("| image | program | CPU s | wall s | memory MB | tiles | MB | CPU, times less than vips | wall, times less |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name in names:
        for row in rows(options.images / name, options):
            print("|", " | ".join(row), "|", flush=True)


if __name__ == "__main__":
    main()
