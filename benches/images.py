#!/usr/bin/env python3
"""Draws skies to measure with: stars over a nebula with the noise of a sensor, the same on every machine.

    benches/images.py DIR [s] [m] [l] [w] [x]

s is 6000 × 4000, m 12 000 × 9000 (in every format that is read), l 24 000 × 16 000 pixels, each a JPEG of quality 92. w and x are parts of m
again and again: w is 42 000 × 4000, x 30 000 × 50 000 pixels. Needs numpy and Pillow; w, x and the formats of m need vips. Drawing l takes a few minutes and 8 GB.
"""

import subprocess
import sys
from pathlib import Path

import numpy
from PIL import Image

SIZES = {"s": (6000, 4000), "m": (12_000, 9000), "l": (24_000, 16_000)}
SEEDS = {"s": 1, "m": 2, "l": 3}
# The nebula is drawn at a quarter of the size, and the rest in strips of so many rows.
COARSE = 4
STRIP_ROWS = 1024
STAR_REACH = 6
# A strip is drawn with some rows above and below it, for the stars there that reach into it.
MARGIN_ROWS = 8


def clouds(height, width, random, first_scale=6):
    """Noise of nine octaves, mean 0, standard deviation about 1."""
    total = numpy.zeros((height, width), numpy.float32)
    amplitude, power = 1.0, 0.0
    for octave in range(9):
        cells = first_scale * 2**octave
        grid = [max(2, -(-cells * side // max(height, width)) + 2) for side in (height, width)]
        if grid[0] > height or grid[1] > width:
            break
        coarse = Image.fromarray(random.standard_normal(grid).astype(numpy.float32))
        total += amplitude * numpy.asarray(coarse.resize((width, height), Image.BICUBIC))
        power += amplitude**2
        amplitude *= 0.58
    return total / numpy.float32(power**0.5)


def nebula(height, width, random):
    """The light of red, green and blue clouds, darkened by dust."""
    a, b = clouds(height, width, random), clouds(height, width, random)
    dust = clouds(height, width, random, first_scale=12)
    light = 0.10 + 0.55 * (1 / (1 + numpy.exp(-1.3 * b))) * numpy.exp(-1.6 * abs(a))
    light *= 0.35 + 0.65 * (1 / (1 + numpy.exp(-2.0 * dust)))
    tints = (1.15 + 0.35 * a, 0.8 + 0.25 * b, 0.9 - 0.35 * a + 0.25 * dust)
    return [numpy.clip(light * tint, 0, None) for tint in tints]


def sky(width, height, seed):
    random = numpy.random.default_rng(seed)
    colours = nebula(-(-height // COARSE), -(-width // COARSE), random)
    count = int(width * height * 0.004)
    x = random.integers(STAR_REACH, width - STAR_REACH, count)
    y = random.integers(STAR_REACH, height - STAR_REACH, count)
    flux = (0.05 * (random.pareto(1.35, count) + 0.3)).clip(0, 40).astype(numpy.float32)
    tint = random.uniform(0.6, 1.0, (count, 3)).astype(numpy.float32)
    downwards = numpy.argsort(y, kind="stable")
    x, y, flux, tint = x[downwards], y[downwards], flux[downwards], tint[downwards]
    across = numpy.arange(-STAR_REACH, STAR_REACH + 1, dtype=numpy.float32)
    spread = (1 + (across[:, None] ** 2 + across**2) / 2.2) ** -2.6

    picture = numpy.empty((height, width, 3), numpy.uint8)
    for top in range(0, height, STRIP_ROWS):
        bottom = min(height, top + STRIP_ROWS)
        first, last = max(0, top - MARGIN_ROWS), min(height, bottom + MARGIN_ROWS)
        strip = numpy.empty((last - first, width, 3), numpy.float32)
        coarse_first = max(0, first // COARSE - 2)
        for channel, colour in enumerate(colours):
            coarse = colour[coarse_first : -(-last // COARSE) + 2]
            fine = Image.fromarray(coarse).resize((coarse.shape[1] * COARSE, coarse.shape[0] * COARSE), Image.BICUBIC)
            strip[..., channel] = numpy.asarray(fine)[first - coarse_first * COARSE :][: last - first, :width]
        for star in range(*numpy.searchsorted(y, [first, last])):
            reach = 2 if flux[star] < 0.15 else STAR_REACH
            row, column = y[star] - first, x[star]
            up, down = min(reach, row), min(reach + 1, last - first - row)
            light = spread[STAR_REACH - up : STAR_REACH + down, STAR_REACH - reach : STAR_REACH + reach + 1]
            strip[row - up : row + down, column - reach : column + reach + 1] += flux[star] * light[..., None] * tint[star]
        light = numpy.maximum(strip[top - first : bottom - first], 0)
        light = 255 * numpy.clip(light / (0.25 + light) * 1.25, 0, 1)
        noise = numpy.random.default_rng([seed, top]).standard_normal(light.shape, dtype=numpy.float32)
        # Neighbours share some of their noise, as after demosaicing.
        noise = noise + 0.35 * numpy.roll(noise, 1, 1) + 0.35 * numpy.roll(noise, 1, 0)
        light += noise * (1.6 + 0.20 * numpy.sqrt(light))
        picture[top:bottom] = numpy.clip(light + 0.5, 0, 255)
    return Image.fromarray(picture)


def vips(*arguments):
    subprocess.run(["vips", *map(str, arguments)], check=True)


def formats_of_m(folder, picture):
    picture.save(folder / "m444.jpg", quality=92, subsampling=0)
    picture.save(folder / "mprog.jpg", quality=92, progressive=True)
    picture.save(folder / "m.png", compress_level=3)
    # One strip of 324 MB.
    picture.save(folder / "m.tif")
    picture.save(folder / "mlzw.tif", compression="tiff_lzw")
    vips("tiffsave", folder / "m.png", folder / "mtiled.tif", "--tile", "--compression", "deflate", "--predictor", "horizontal")
    wide = folder / "m16.v"
    vips("linear", folder / "m.png", wide, "257", "0")
    vips("cast", wide, folder / "m16.tif", "ushort")
    wide.unlink()


def repeat(folder, name, size, times):
    """A part of m, several times side by side and below each other."""
    part = folder / f"{name}.v"
    vips("crop", folder / "m.jpg", part, 1000, 1000, *size)
    vips("replicate", part, f"{folder / name}.jpg[Q=92]", *times)
    part.unlink()


def main():
    if len(sys.argv) < 2 or any(name not in (*SIZES, "w", "x") for name in sys.argv[2:]):
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:] or SIZES:
        if name == "x":
            repeat(folder, "x", (10_000, 6250), (3, 8))
        elif name == "w":
            repeat(folder, "w", (10_500, 4000), (4, 1))
        else:
            picture = sky(*SIZES[name], SEEDS[name])
            picture.save(folder / f"{name}.jpg", quality=92)
            if name == "m":
                formats_of_m(folder, picture)
        print(name, flush=True)


if __name__ == "__main__":
    Image.MAX_IMAGE_PIXELS = None
    main()
