#!/usr/bin/env python3
"""Makes the feeds of the first edition: this folder and ../first-edition-toasty-layout.

    python3 make.py PROGRAM

PROGRAM is a skyfeed of version 0.1.0 as it was before the work store got tile archives (the README names the commit):

    cargo build -p skyfeed --no-default-features
    python3 tests/data/first-edition/make.py target/debug/skyfeed

Both feeds are made anew in a temporary folder and then take the place of those here. Needs Python 3.11 and its standard
library. Pictures and tiles come out the same each time, but the times in decisions and ledger, and so what depends on
them, do not: commit what it made only on purpose.
"""

import hashlib
import json
import math
import os
import pathlib
import re
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import zlib

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent
ANNA, BOB, UMLAUT = "anna", "bob@example.org", "An Na Müller"
TOASTY_PREFIX = b"http://data1.example.org/feeds/oracle/syn-2405a/"


# --- Pictures: PNG with AVM inside, drawn by rule ---

def avm(title, size, date):
    """The place on the sky as an XMP packet: each title has its own, from a digest."""
    at = hashlib.sha256(title.encode()).digest()
    ra, dec, turn = at[0] * 1.40625, at[1] * 0.6 - 76.5, at[2] - 128
    pair = "<rdf:Seq><rdf:li>{}</rdf:li><rdf:li>{}</rdf:li></rdf:Seq>".format
    width, height = size
    tags = {
        "dc:title": f'<rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt>',
        "dc:description": '<rdf:Alt><rdf:li xml:lang="x-default">Drawn &amp; not observed</rdf:li></rdf:Alt>',
        "photoshop:Credit": "Nobody &lt;nobody@example.org&gt;",
        "avm:ReferenceURL": f"https://example.org/images/{title}",
        "avm:Type": "Artwork",
        "avm:Spatial.CoordinateFrame": "ICRS",
        "avm:Spatial.Equinox": "J2000",
        "avm:Spatial.CoordsystemProjection": "TAN",
        "avm:Spatial.Quality": "Full",
        "avm:Spatial.ReferenceValue": pair(ra, dec),
        "avm:Spatial.ReferenceDimension": pair(width, height),
        "avm:Spatial.ReferencePixel": pair(width / 2 + 0.5, height / 2 + 0.5),
        "avm:Spatial.Scale": pair(-0.0002, 0.0002),
        "avm:Spatial.Rotation": turn,
    }
    if date:
        tags["avm:MetadataDate"] = date
    tags = "".join(f"<{tag}>{value}</{tag}>" for tag, value in tags.items())
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
        ' xmlns:avm="http://www.communicatingastronomy.org/avm/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        f' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/">{tags}</rdf:Description></rdf:RDF></x:xmpmeta>'
        '<?xpacket end="w"?>'
    ).encode()


def png(title, size, kind="rgb", date=None, edition=0, place=True):
    """Tilted rings in few colours, which make small tiles. Another edition has other colours."""
    width, height = size
    dice = hashlib.sha256(f"{title} {edition}".encode()).digest()
    channels = {"gray": 1, "rgb": 3, "rgba": 4}[kind]
    colours = [dice[3 * i:3 * i + 3] for i in range(5)]
    if kind == "gray":
        colours = [colour[:1] for colour in colours]
    if kind == "rgba":
        colours = [colour + bytes([alpha]) for colour, alpha in zip(colours, (255, 255, 128, 255, 0))]
    turn, flat = dice[20] / 40, 0.4 + dice[21] / 400
    rows = []
    for y in range(height):
        row = bytearray(b"\0")
        for x in range(width):
            dx, dy = x - width / 2, y - height / 2
            u = dx * math.cos(turn) + dy * math.sin(turn)
            v = (dy * math.cos(turn) - dx * math.sin(turn)) / flat
            row += colours[min(int(math.hypot(u, v) / height * 6), 4)]
        rows.append(bytes(row))

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    colour_type = {1: 0, 3: 2, 4: 6}[channels]
    packet = b"XML:com.adobe.xmp\0\0\0\0\0" + avm(title, size, date)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0))
        + (chunk(b"iTXt", packet) if place else b"")
        + chunk(b"IDAT", zlib.compress(b"".join(rows), 9)) + chunk(b"IEND", b"")
    )


# --- The formula of revisions, to choose pictures by it ---

OPTIONS = b"pixels=2 cascade=compatible orientation=honor compression=small"


def revision(image, record=b""):
    """What names a result: the image, its source record and the options, each with its length before it."""
    digest = hashlib.sha256()
    record = hashlib.sha256(record).digest() if record else b""
    for part in (hashlib.sha256(image).hexdigest().encode(), record, OPTIONS):
        digest.update(struct.pack("<Q", len(part)) + part)
    return digest.hexdigest()[:16]


# --- Driving the program ---

class Feed:
    """A feed in a folder of its own; commands run beside it, so that no path of this machine gets into it."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def __call__(self, *arguments, exit_code=0):
        print("$ skyfeed", *arguments, flush=True)
        done = subprocess.run([self.program, *arguments], cwd=self.folder, stdout=subprocess.PIPE, text=True)
        print(done.stdout, end="", flush=True)
        if done.returncode != exit_code:
            sys.exit(f"skyfeed {arguments[0]} ended with {done.returncode} instead of {exit_code}")
        return done.stdout

    def picture(self, name, content):
        (self.folder / "images" / name).write_bytes(content)

    def staged(self, image):
        return {path.parent.name for path in (self.folder / "work/staged" / image).glob("*/manifest.json")}

    def killed(self, stage, image):
        """Leaves in the ledger what a killed process leaves: an attempt without an end, and a lease that is over."""
        ledger = sqlite3.connect(self.folder / "ledger.sqlite")
        with ledger:
            ledger.execute(
                "UPDATE attempts SET ended = NULL, outcome = NULL WHERE stage = ? AND image = ?", (stage, image)
            )
            ledger.execute(
                "UPDATE claims SET receipt = NULL, held_until = (SELECT started FROM attempts JOIN claims"
                " USING (stage, image, input, attempt) WHERE stage = ?1 AND image = ?2) WHERE stage = ?1 AND image = ?2",
                (stage, image),
            )
        ledger.close()

    def close(self):
        """Leaves what belongs to the fixture: the hidden folders of the stores go, and so does the journal."""
        (self.folder / "status.json").write_text(self("status", "--all", "--json"))
        for hidden in self.folder.glob("*/.skyfeed"):
            shutil.rmtree(hidden)
        ledger = sqlite3.connect(self.folder / "ledger.sqlite")
        assert ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
        ledger.close()
        left = [path.name for path in self.folder.iterdir() if path.name.startswith("ledger.sqlite-")]
        assert not left, left


def configured(template, more):
    """The configuration that `init` wrote, as a person edits it."""
    text = template.read_text()
    for key, value in more.items():
        text, found = re.subn(rf"(?m)^#?{key}: .*$", f"{key}: {value}", text)
        assert found == 1, key
    template.write_text(text)


def first_edition(feed):
    small, usual = (200, 150), (300, 200)
    feed("init", "--source", "directory")
    configured(feed.folder / "work/toasty-pipeline-config.yaml", {
        "publish_url_prefix": "https://example.org/feed/", "folder_name": "First edition", "approvals_required": 1,
    })
    (feed.folder / "images").mkdir()
    feed("config", "check")

    # Rejected or unusable, and then marked on the site, before there are others that must not be marked.
    feed.picture("skipped-candidate.png", png("skipped-candidate", small))
    feed.picture("skipped-unusable.png", png("skipped-unusable", small, place=False))
    feed("run")
    feed("reject", "skipped-candidate", "--by", ANNA, "--note", "not of the sky")
    feed("ignore-rejects")

    # Published.
    feed.picture("published.png", png("published", (400, 300), "rgba", date="2024-03-01T12:00:00"))
    feed.picture("published-undated.png", png("published-undated", usual, "gray"))
    first = png("published-twice", usual, date="2024-05-01")
    feed.picture("published-twice.png", first)
    waiting = "published-then-new-revision-waiting"
    feed.picture(f"{waiting}.png", png(waiting, usual, date="2024-06-01"))
    for name, month in (("published-then-rejected", 7), ("published-then-other-rejected", 8), ("two-people", 9),
                        ("retracted", 10)):
        feed.picture(f"{name}.png", png(name, small, date=f"2024-{month:02}-01"))
    inbox = feed.folder / "work/inbox/published-by-record"
    inbox.mkdir(parents=True)
    shutil.copy(DATA / "images/jpeg-420.jpg", inbox / "image.jpg")
    (inbox / "source.json").write_text(json.dumps({
        "format": 1, "id": "published-by-record", "title": "Published by its record",
        "description": "Drawn, <b>not</b> seen", "credits": "Nobody", "credits_url": "https://example.org/images/published-by-record",
        "last_updated": "2024-04-01T12:00:00+02:00",
        "spatial": {
            "projection": "TAN", "frame": "ICRS", "equinox": "J2000", "reference_value_deg": [83.6, 22.0],
            "reference_dimension_px": [37, 35], "reference_pixel": [19, 18], "scale_deg_per_px": [-0.001, 0.001],
            "rotation_deg": 12.5, "quality": "Full",
        },
    }, indent=2) + "\n")
    feed("run")
    feed("approve", "published*", "retracted", "--by", ANNA)
    feed("approve", "two-people", "--by", UMLAUT, "--note", "schön")
    feed("approve", "two-people", "--by", BOB)
    feed("run")
    feed("reject", "published-then-rejected", "--by", BOB, "--note", "too late")
    feed("retract", "retracted")
    feed("reindex")

    # Published, and then the source got other pictures. The name of the revision that is live in the end sorts before the
    # name of the other: who takes the last by name takes the wrong one.
    second = next(image for image in (png("published-twice", usual, date="2024-05-02", edition=n) for n in range(1, 99))
                  if revision(image) < revision(first))
    feed.picture("published-twice.png", second)
    other = "published-then-other-rejected"
    feed.picture(f"{waiting}.png", png(waiting, usual, date="2024-06-02", edition=1))
    feed.picture(f"{other}.png", png(other, small, date="2024-08-02", edition=1))
    feed("fetch", "--again", "published-twice", waiting, other)
    feed("run")
    assert feed.staged("published-twice") == {revision(first), revision(second)}, "PROGRAM has another formula"
    feed("approve", "published-twice", "--by", UMLAUT, "--note", "better colours")
    feed("reject", other, "--by", ANNA)
    feed("run")

    # Not published. The JPEG ends in the middle of its pixels, which `run` tells by its exit code.
    for name in ("waiting", "approved-not-yet-published", "publish-interrupted"):
        feed.picture(f"{name}.png", png(name, usual, date="2024-11-01"))
    for name in ("rejected", "rejected-then-approved"):
        feed.picture(f"{name}.png", png(name, small, date="2024-12-01"))
    feed.picture("unusable.png", png("unusable", small, place=False))
    whole = (DATA / "oracle/02_study_avm_jpeg_513x257/input/image.jpg").read_bytes()
    feed.picture("damaged.jpg", whole[:len(whole) * 3 // 5])
    feed("run", exit_code=1)
    feed("reject", "rejected", "--by", ANNA, "--note", "an artist's impression")
    feed("reject", "rejected-then-approved", "--by", UMLAUT)
    feed("approve", "rejected-then-approved", "--by", BOB)
    feed("approve", "approved-not-yet-published", "publish-interrupted", "--by", UMLAUT)

    # Not tiled.
    for name in ("candidate-not-fetched", "fetched-not-tiled"):
        feed.picture(f"{name}.png", png(name, small, date="2025-01-01"))
    feed("refresh")
    feed("fetch", "fetched-not-tiled")

    # Killed. The manifest of a revision and the record of a publication are written last; a kill before that leaves the
    # rest. Made by hand, because no kill comes at the same moment twice.
    feed.picture("tiling-interrupted.png", png("tiling-interrupted", usual, date="2025-02-01"))
    feed("refresh")
    feed("fetch", "tiling-interrupted")
    feed("tile", "tiling-interrupted")
    (staged,) = (feed.folder / "work/staged/tiling-interrupted").iterdir()
    for name in ("manifest.json", "index_rel.wtml", "thumb.jpg", "L0X0Y0.png", "L1X1Y1.png"):
        (staged / name).unlink()
    feed.killed("tile", "tiling-interrupted")
    feed("publish", "publish-interrupted")
    (feed.folder / "work/published/publish-interrupted.json").unlink()
    feed.killed("publish", "publish-interrupted")


def toasty_layout(feed):
    """A site of toasty, taken over, on which the first edition went on in toasty's layout."""
    image = feed.folder / "site/toasty-published"
    shutil.copytree(DATA / "oracle/11_pipeline_djangoplicity/expected/syn-2405a", image)
    index = image / "index.wtml"
    index.write_bytes(index.read_bytes().replace(TOASTY_PREFIX, b"https://example.org/toasty-feed/toasty-published/"))
    skipped = feed.folder / "site/toasty-skipped"
    skipped.mkdir()
    (skipped / "skip.flag").write_text("{}")
    config = feed.folder.parent / "config.yaml"
    config.write_text(
        "source_type: directory\ndirectory:\n  path: images\npublish_url_prefix: https://example.org/toasty-feed/\n"
        "folder_name: First edition in the layout of toasty\nsite_layout: toasty\napprovals_required: 1\n"
    )
    feed("init", "--config", "../config.yaml", "--from-site", "site")
    (feed.folder / "images").mkdir()
    feed("reindex")
    feed.picture("published.png", png("published", (300, 200), date="2024-03-01T12:00:00"))
    feed.picture("toasty-skipped.png", png("toasty-skipped", (200, 150)))
    feed("run")
    feed("approve", "published", "--by", ANNA)
    feed("run")


def take_over(made, here):
    """Puts what was made in the place of what is here."""
    here.mkdir(exist_ok=True)
    for path in sorted(made.iterdir()):
        there = here / path.name
        if there.is_dir():
            shutil.rmtree(there)
        (shutil.copytree if path.is_dir() else shutil.copyfile)(path, there)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    program = str(pathlib.Path(sys.argv[1]).resolve(strict=True))
    for variable in ("SKYFEED_WORK", "SKYFEED_SITE", "SKYFEED_LEDGER"):
        os.environ.pop(variable, None)
    with tempfile.TemporaryDirectory() as folder:
        for name, make in (("first-edition", first_edition), ("first-edition-toasty-layout", toasty_layout)):
            made = pathlib.Path(folder) / name
            made.mkdir()
            feed = Feed(program, made)
            make(feed)
            feed.close()
            take_over(made, DATA / name)


main()
