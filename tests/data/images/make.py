"""Makes the images of this folder and their expected pixels. CC0.

Needs Pillow, numpy, tifffile and imagecodecs:

    python3 make.py

The expected pixels of a JPEG are those of Pillow (libjpeg-turbo). Those of a TIFF are the pixels that it was made
from; where Pillow reads the file as we want it, the script checks that Pillow agrees.
"""

import io
import pathlib
import struct

import imagecodecs
import numpy as np
import tifffile
from PIL import Image, ImageCms

HERE = pathlib.Path(__file__).parent
WIDTH, HEIGHT = 37, 35
rng = np.random.default_rng(2026)


def expect(name, pixels):
    Image.fromarray(pixels).save(HERE / "expected" / f"{name}.png", optimize=True)


def base():
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    waves = [127 + 120 * np.sin(x / (4 + c) + c) * np.cos(y / (7 - c)) for c in range(3)]
    return np.clip(np.dstack(waves) + rng.normal(0, 4, (HEIGHT, WIDTH, 3)), 0, 255).astype(np.uint8)


RGB = base()
GRAY = RGB[:, :, 0]
# Alpha in large areas of 0 and 255, with a soft edge, so that it compresses.
ALPHA = np.clip((np.mgrid[0:HEIGHT, 0:WIDTH][1] - 10) * 12, 0, 255).astype(np.uint8)
RGB16 = RGB.astype(np.uint16) * 256 + rng.integers(0, 8, RGB.shape, dtype=np.uint16) * 36
CMYK = np.dstack([255 - RGB, RGB[:, :, 1] // 3])


# --- JPEG ---

def jpeg(name, image, **options):
    path = HERE / f"{name}.jpg"
    image.save(path, quality=85, **options)
    with Image.open(path) as again:
        expect(name, np.asarray(again.convert("RGB")))


color = Image.fromarray(RGB)
jpeg("jpeg-gray", Image.fromarray(GRAY))
jpeg("jpeg-420", color, subsampling="4:2:0")
jpeg("jpeg-422", color, subsampling="4:2:2")
jpeg("jpeg-444", color, subsampling="4:4:4")
jpeg("jpeg-rgb", color, keep_rgb=True)
jpeg("jpeg-progressive", color, subsampling="4:2:0", progressive=True)
jpeg("jpeg-restart", color, restart_marker_rows=1)
jpeg("jpeg-cmyk", Image.fromarray(CMYK, "CMYK"))
jpeg("jpeg-cmyk-progressive", Image.fromarray(CMYK, "CMYK"), progressive=True)
exif = Image.Exif()
exif[0x0112] = 6
jpeg("jpeg-orientation-6", color, exif=exif)
for name, options in {"jpeg-ycck": {}, "jpeg-440": {"subsampling": (1, 2)}}.items():
    samples = 255 - CMYK if name == "jpeg-ycck" else RGB
    spaces = {"colorspace": "CMYK", "outcolorspace": "YCCK"} if name == "jpeg-ycck" else {}
    (HERE / f"{name}.jpg").write_bytes(imagecodecs.jpeg8_encode(samples, level=85, **spaces, **options))
    with Image.open(HERE / f"{name}.jpg") as again:
        expect(name, np.asarray(again.convert("RGB")))


# --- TIFF ---

def tiff(name, samples, pillow=None, **options):
    """Writes a TIFF; `pillow` is the mode in which Pillow must see the expected pixels."""
    options.setdefault("metadata", None)
    options.setdefault("software", False)
    tifffile.imwrite(HERE / f"{name}.tif", samples, **options)
    agree(name, pillow)


def agree(name, pillow):
    if pillow:
        expected = Image.open(HERE / "expected" / f"{name.split('-')[0]}.png")
        with Image.open(HERE / f"{name}.tif") as image:
            assert np.array_equal(np.asarray(image.convert(pillow)), np.asarray(expected.convert(pillow))), name


def raw_tiff(name, samples, bits, photometric, strip, order="<", pillow=None, **tags):
    """A TIFF of one strip, for what no library writes. `tags`: t123=[values]; all are SHORT."""
    entries = {256: [WIDTH], 257: [HEIGHT], 258: [bits] * samples, 259: [1], 262: [photometric], 273: None,
               277: [samples], 278: [HEIGHT], 279: [len(strip)], 284: [1]}
    entries |= {int(tag[1:]): values for tag, values in tags.items()}
    body = bytearray(strip)
    place = 8 + 2 + 12 * len(entries) + 4
    directory = struct.pack(order + "H", len(entries))
    for tag, values in sorted(entries.items()):
        values = [place] if values is None else values
        data = struct.pack(f"{order}{len(values)}H", *values)
        if len(data) > 4:
            directory += struct.pack(order + "HHII", tag, 3, len(values), place + len(body))
            body += data
        else:
            directory += struct.pack(order + "HHI", tag, 3, len(values)) + data.ljust(4, b"\0")
    start = (b"II\x2a\0" if order == "<" else b"MM\0\x2a") + struct.pack(order + "I", 8)
    (HERE / f"{name}.tif").write_bytes(start + directory + struct.pack(order + "I", 0) + bytes(body))
    agree(name, pillow)


def packed(values, bits):
    rows = []
    for row in values:
        digits = "".join(format(v, f"0{bits}b") for v in row)
        digits += "0" * (-len(digits) % 8)
        rows.append(bytes(int(digits[i:i + 8], 2) for i in range(0, len(digits), 8)))
    return b"".join(rows)


rgb = dict(photometric="rgb", pillow="RGB")
expect("rgb", RGB)
tiff("rgb-strips", RGB, rowsperstrip=5, **rgb)
tiff("rgb-one-strip", RGB, byteorder=">", **rgb)
tiff("rgb-lzw", RGB, rowsperstrip=7, compression="lzw", predictor=True, **rgb)
tiff("rgb-deflate-tiles", RGB, tile=(16, 32), compression="deflate", predictor=True, **rgb)
tiff("rgb-zstd", RGB, rowsperstrip=10, compression="zstd", photometric="rgb")
tiff("rgb-packbits", RGB, rowsperstrip=10, compression="packbits", photometric="rgb", pillow="RGB")
tiff("rgb-planar", RGB.transpose(2, 0, 1), rowsperstrip=8, planarconfig="separate", compression="lzw", predictor=True, **rgb)
tiff("rgb-planar-tiles", RGB.transpose(2, 0, 1), tile=(16, 16), planarconfig="separate", **rgb)
tiff("rgb-bigtiff", RGB, bigtiff=True, rowsperstrip=9, compression="deflate", **rgb)
tiff("rgb-bigtiff-big-endian", RGB, bigtiff=True, byteorder=">", tile=(32, 16), photometric="rgb")
tiff("rgb-orientation-8", RGB, extratags=[(274, 3, 1, 8, True)], photometric="rgb")
tiff("rgb-extra-samples", np.dstack([RGB, GRAY, ALPHA]), extrasamples=["unspecified", "unspecified"], compression="lzw",
     predictor=True, photometric="rgb")
tiff("rgb-16-lzw", RGB16, compression="lzw", predictor=True, rowsperstrip=6, **rgb)
tiff("rgb-16-big-endian", RGB16, compression="deflate", predictor=True, byteorder=">", **rgb)
tiff("rgb-16-planar-tiles", RGB16.transpose(2, 0, 1), planarconfig="separate", tile=(16, 16), byteorder=">",
     compression="zstd", photometric="rgb")
expect("gray", np.dstack([GRAY] * 3))
tiff("gray-8", GRAY, photometric="minisblack", pillow="RGB")
tiff("gray-white-is-zero", 255 - GRAY, photometric="miniswhite", rowsperstrip=4, pillow="RGB")
tiff("gray-16", RGB16[:, :, 0], photometric="minisblack", compression="deflate", predictor=True)
tiff("gray-16-white-is-zero", 65535 - RGB16[:, :, 0], photometric="miniswhite", byteorder=">")
bilevel = GRAY > 127
expect("bilevel", np.dstack([bilevel * np.uint8(255)] * 3))
tiff("bilevel-tiles", bilevel, photometric="minisblack", tile=(16, 16), pillow="RGB")
raw_tiff("bilevel-white-is-zero", 1, 1, 0, packed(~bilevel * 1, 1), pillow="RGB")
raw_tiff("bilevel-reversed-bits", 1, 1, 1, bytes(int(f"{b:08b}"[::-1], 2) for b in packed(bilevel * 1, 1)), t266=[2],
         pillow="RGB")
gray4 = GRAY >> 4
expect("gray4", np.dstack([gray4 * 17] * 3))
raw_tiff("gray4-strip", 1, 4, 1, packed(gray4, 4), pillow="RGB")
raw_tiff("gray4-white-is-zero", 1, 4, 0, packed(15 - gray4, 4), order=">", pillow="RGB")
colors = rng.integers(0, 65536, (3, 256), dtype=np.uint16)
expect("palette", (colors >> 8).astype(np.uint8).T[GRAY])
tiff("palette-8", GRAY, photometric="palette", colormap=colors, compression="lzw", pillow="RGB")
tiff("palette-tiles", GRAY, photometric="palette", colormap=colors, tile=(16, 16), byteorder=">", pillow="RGB")
colors4 = colors[:, :16]
expect("palette4", (colors4 >> 8).astype(np.uint8).T[gray4])
raw_tiff("palette4-strip", 1, 4, 3, packed(gray4, 4), t320=[int(v) for v in colors4.ravel()], pillow="RGB")
expect("palettealpha", np.dstack([(colors >> 8).astype(np.uint8).T[GRAY], ALPHA]))
raw_tiff("palettealpha-strip", 2, 8, 3, np.dstack([GRAY, ALPHA]).tobytes(), t320=[int(v) for v in colors.ravel()],
         t338=[2], pillow="RGBA")
expect("cmyk", np.asarray(Image.fromarray(CMYK, "CMYK").convert("RGB")))
tiff("cmyk-8", CMYK, photometric="separated", compression="lzw", predictor=True, pillow="RGB")
tiff("cmyk-16", CMYK.astype(np.uint16) * 256 + 200, photometric="separated", rowsperstrip=11, pillow="RGB")
tiff("cmyk-planar", CMYK.transpose(2, 0, 1), photometric="separated", planarconfig="separate", pillow="RGB")
RGBA = np.dstack([RGB, ALPHA])
expect("rgba", RGBA)
tiff("rgba-straight", RGBA, photometric="rgb", extrasamples=["unassalpha"], compression="deflate", pillow="RGBA")
tiff("rgba-planar", RGBA.transpose(2, 0, 1), photometric="rgb", extrasamples=["unassalpha"], planarconfig="separate",
     tile=(16, 16), compression="lzw", pillow="RGBA")
tiff("rgba-16", RGBA.astype(np.uint16) * 257, photometric="rgb", extrasamples=["unassalpha"], pillow="RGBA")
raw_tiff("rgba-unsaid", 4, 8, 2, RGBA.tobytes(), pillow="RGBA")
tiff("rgba-second-extra", np.dstack([RGB, GRAY, ALPHA]), photometric="rgb", extrasamples=["unspecified", "unassalpha"])
expect("cmykalpha", np.dstack([np.asarray(Image.fromarray(CMYK, "CMYK").convert("RGB")), ALPHA]))
tiff("cmykalpha-strip", np.dstack([CMYK, ALPHA]), photometric="separated", extrasamples=["unassalpha"])
expect("grayalpha", np.dstack([GRAY] * 3 + [ALPHA]))
tiff("grayalpha-strip", np.dstack([GRAY, ALPHA]), photometric="minisblack", extrasamples=["unassalpha"], pillow="RGBA")
tiff("grayalpha-16", np.dstack([GRAY, ALPHA]).astype(np.uint16) * 257, photometric="minisblack",
     extrasamples=["unassalpha"], compression="deflate", predictor=True)
premultiplied = np.dstack([(RGB.astype(int) * ALPHA[:, :, None] // 255).astype(np.uint8), ALPHA])
alpha = np.maximum(ALPHA, 1).astype(int)[:, :, None]
expect("premultiplied", np.where(ALPHA[:, :, None] == 0, 0, np.dstack(
    [np.minimum(premultiplied[:, :, :3].astype(int) * 255 // alpha, 255), ALPHA])).astype(np.uint8))
tiff("premultiplied-8", premultiplied, photometric="rgb", extrasamples=["assocalpha"], compression="lzw", pillow="RGBA")
tiff("premultiplied-16", premultiplied.astype(np.uint16) * 256, photometric="rgb", extrasamples=["assocalpha"],
     pillow="RGBA")


# --- ICC profiles; the expected pixels are those of LittleCMS, from the profile's own space, perceptual intent ---

def icc(device_class, space, pcs, tags):
    def fixed(*values):
        return b"".join(struct.pack(">i", round(v * 65536)) for v in values)

    def text(kind, words):
        data = words.encode() + b"\0"
        return (b"text" + bytes(4) + data if kind == "cprt" else
                b"desc" + bytes(4) + struct.pack(">I", len(data)) + data + bytes(78))

    d50 = (0.9642, 1.0, 0.8249)
    tags = {"desc": text("desc", "test"), "cprt": text("cprt", "CC0"), "wtpt": b"XYZ " + bytes(4) + fixed(*d50)} | tags
    table, body, at = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name.encode() + struct.pack(">II", at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(">I4sI4s4s4s12s4s", at + len(body), b"", 0x02400000, device_class, space, pcs,
                       struct.pack(">6H", 2026, 1, 1, 0, 0, 0), b"acsp")
    return (head + bytes(28) + fixed(*d50)).ljust(128, b"\0") + table + body


def lut(inputs, grid, color):
    """A 'mft2' table: straight curves around a lattice, whose nodes are colours in sRGB by `color`."""
    nodes = np.stack(np.meshgrid(*[np.linspace(0, 1, grid)] * inputs, indexing="ij"), -1).reshape(-1, inputs)
    rgb = np.array([np.clip(color(*node), 0, 1) for node in nodes])
    lab = np.asarray(ImageCms.applyTransform(
        Image.fromarray((rgb[None] * 255).astype(np.uint8)),
        ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")))
    # Pillow keeps a and b as signed bytes, ICC version 2 with an offset of 128; 0xFF00 is L* = 100.
    lab = (lab.reshape(-1, 3) ^ np.array([0, 128, 128], np.uint8)).astype(np.uint16)
    lab *= 256
    identity = b"".join(struct.pack(">i", v * 65536) for v in (1, 0, 0, 0, 1, 0, 0, 0, 1))
    curve = struct.pack(">HH", 0, 65535)
    return (b"mft2" + bytes(4) + bytes([inputs, 3, grid, 0]) + identity + struct.pack(">HH", 2, 2) + curve * inputs
            + lab.astype(">u2").tobytes() + curve * 3)


def convert(image, profile):
    return np.asarray(ImageCms.profileToProfile(
        image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB",
        flags=ImageCms.Flags.NOOPTIMIZE))


cmyk_profile = icc(b"prtr", b"CMYK", b"Lab ", {"A2B0": lut(
    4, 5, lambda c, m, y, k: [(1 - 0.9 * c) * (1 - 0.9 * k), (1 - 0.8 * m) * (1 - k), (1 - 0.95 * y) * (1 - 0.8 * k)])})
rgb_lut_profile = icc(b"scnr", b"RGB ", b"Lab ", {"A2B0": lut(3, 9, lambda r, g, b: [r ** 1.3, g ** 0.8, b])})
gray_profile = icc(b"mntr", b"GRAY", b"XYZ ", {"kTRC": b"curv" + bytes(4) + struct.pack(">IH", 1, 256)})

cmyk = Image.fromarray(CMYK, "CMYK")
cmyk.save(HERE / "icc-cmyk.jpg", quality=85, icc_profile=cmyk_profile)
expect("icc-cmyk", convert(Image.open(HERE / "icc-cmyk.jpg"), cmyk_profile))
tiff("icc-cmyktiff", CMYK, photometric="separated", compression="lzw", iccprofile=cmyk_profile)
expect("icc-cmyktiff", convert(cmyk, cmyk_profile))
tiff("icc-graytiff", np.dstack([GRAY, ALPHA]), photometric="minisblack", extrasamples=["unassalpha"],
     compression="deflate", iccprofile=gray_profile)
expect("icc-graytiff", np.dstack([convert(Image.fromarray(GRAY), gray_profile), ALPHA]))
tiff("icc-rgbluttiff", RGB, photometric="rgb", compression="lzw", predictor=True, iccprofile=rgb_lut_profile)
expect("icc-rgbluttiff", convert(color, rgb_lut_profile))
