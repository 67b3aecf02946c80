"""Draws a picture in many kinds of TIFF and JPEG, with what other programs read in each.

    python scripts/picture-kinds.py FOLDER

Needs numpy, Pillow, tifffile and imagecodecs; uses cjpeg, tiffcp where they are installed.
`scripts/picture-kinds.ts` decodes the files and prints the table.

FOLDER/kinds.json lists for each file: `expect` "stored" (the values that were written, or that
tifffile and imagecodecs read), "rgb" (Pillow's convert('RGB')), "refused" or "damaged"; and the
reference, little-endian doubles in the file `reference`.
"""

import io
import json
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import tifffile
from PIL import Image, ImageCms

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
kinds = []

HEIGHT, WIDTH = 37, 53
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
grey = ((x * 4 + y * 2) % 256).astype("u1")
smooth = np.stack([x * 4, y * 6, x + y * 2], -1).astype("u1")
deep = (x * 70 + y * 9).astype("u2")  # 0..3964
hounsfield = (deep.astype("i4") - 1024).astype("i2")


def keep(name, data, expect, reference=None):
    path = folder / name
    path.write_bytes(data)
    row = {"file": name, "expect": expect}
    if reference is not None:
        values = np.asarray(reference)
        row["reference"] = name + ".ref"
        row["channels"] = values.shape[2] if values.ndim == 3 else 1
        (folder / row["reference"]).write_bytes(values.astype("<f8").tobytes())
    kinds.append(row)


def pillow(name, data):
    keep(name, data, "rgb", np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))


def written(array, **options):
    file = io.BytesIO()
    tifffile.imwrite(file, array, **options)
    return file.getvalue()


def stored(name, array, reference=None, **options):
    options.setdefault("photometric", "rgb" if array.ndim == 3 and array.shape[2] > 2 else "minisblack")
    data = written(array, **options)
    expected = array if reference is None else reference
    if reference is None:
        assert np.array_equal(tifffile.imread(io.BytesIO(data)), array, equal_nan=array.dtype.kind == "f"), name
    keep(name, data, "stored", expected)


def saved(image, form, **options):
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def tiff(tags, chunks, order="<"):
    """A TIFF by hand: tags as {number: (type, values)}, strips or tiles after them."""
    tags = dict(tags)
    places, lengths = (324, 325) if 322 in tags else (273, 279)
    tags[places] = (4, [0] * len(chunks))
    tags.setdefault(lengths, (4, [len(chunk) for chunk in chunks]))
    if tags[lengths] is None:
        del tags[lengths]
    sizes = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1}
    letters = {1: "B", 2: "B", 3: "H", 4: "I", 7: "B"}

    def packed(kind, values):
        if kind == 5:
            return b"".join(struct.pack(order + "II", *pair) for pair in values)
        return struct.pack(f"{order}{len(values)}{letters[kind]}", *values)

    extra_at = 8 + 2 + 12 * len(tags) + 4
    data_at = extra_at
    for kind, values in tags.values():
        size = sizes[kind] * len(values)
        data_at += size + size % 2 if size > 4 else 0
    offsets = []
    at = data_at
    for chunk in chunks:
        offsets.append(at)
        at += len(chunk)
    if tags[places][1] and places:
        tags[places] = (4, offsets)
    if 513 in tags:
        tags[513] = (4, offsets[:1])
    out = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, len(tags))
    extra = b""
    for number in sorted(tags):
        kind, values = tags[number]
        body = packed(kind, values)
        out += struct.pack(order + "HHI", number, kind, len(values))
        if len(body) <= 4:
            out += body.ljust(4, b"\0")
        else:
            out += struct.pack(order + "I", extra_at + len(extra))
            extra += body + b"\0" * (len(body) % 2)
    return out + struct.pack(order + "I", 0) + extra + b"".join(chunks)


def base(bits, photometric, compression=1, samples=1, **more):
    tags = {
        256: (3, [WIDTH]),
        257: (3, [HEIGHT]),
        258: (3, [bits] * samples),
        259: (3, [compression]),
        262: (3, [photometric]),
        277: (3, [samples]),
        278: (3, [HEIGHT]),
    }
    tags.update({int(key[1:]): value for key, value in more.items()})
    return tags


def bitpack(array, bits):
    rows = array.reshape(array.shape[0], -1).astype("u8")
    as_bits = (rows[:, :, None] >> np.arange(bits - 1, -1, -1, dtype="u8")) & 1
    return np.packbits(as_bits.reshape(len(rows), -1).astype("u1"), axis=1).tobytes()


# --- TIFF: sample formats, both byte orders
for order in "<>":
    tag = "le" if order == "<" else "be"
    for dtype in ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]:
        values = (deep.astype("f8") - 1024) if dtype[0] in "if" else deep.astype("f8")
        if dtype[1] == "1":
            values = grey - (128.0 if dtype[0] == "i" else 0)
        if dtype == "f4":
            values = values / 7
        stored(f"tiff-{dtype}-{tag}.tif", values.astype(dtype), byteorder=order)
        for compression in ["lzw", "zlib", "zstd", "packbits"]:
            stored(f"tiff-{dtype}-{tag}-{compression}.tif", values.astype(dtype), byteorder=order, compression=compression)
        if dtype[0] != "f" and dtype not in ("u8", "i8"):
            for compression in ["lzw", "zlib", "zstd"]:
                stored(f"tiff-{dtype}-{tag}-{compression}-predictor2.tif", values.astype(dtype), byteorder=order, compression=compression, predictor=2)
        if dtype[0] == "f":
            for compression in ["lzw", "zlib", "zstd"]:
                stored(f"tiff-{dtype}-{tag}-{compression}-predictor3.tif", values.astype(dtype), byteorder=order, compression=compression, predictor=3)
                stored(f"tiff-{dtype}-{tag}-{compression}-predictor3-tiles.tif", values.astype(dtype), byteorder=order, compression=compression, predictor=3, tile=(16, 32))
    for dtype in ["u1", "u2", "i2", "u4", "f4", "f8"]:
        colour = np.stack([deep, deep // 2, 3000 - deep // 3], -1).astype("f8")
        colour = (colour % 256 if dtype == "u1" else colour).astype(dtype)
        for planar in ["contig", "separate"]:
            stored(f"tiff-rgb-{dtype}-{tag}-{planar}.tif", colour if planar == "contig" else np.moveaxis(colour, 2, 0).copy(), colour, byteorder=order, planarconfig=planar, photometric="rgb")
            stored(f"tiff-rgb-{dtype}-{tag}-{planar}-tiles-lzw.tif", colour if planar == "contig" else np.moveaxis(colour, 2, 0).copy(), colour, byteorder=order, planarconfig=planar, photometric="rgb", tile=(16, 16), compression="lzw", predictor=2 if dtype[0] != "f" else 3)
for size in ["c8", "c16"]:
    keep(f"tiff-complex-{size}.tif", written(grey.astype(size), photometric="minisblack"), "refused")
keep("tiff-complex-int.tif", tiff(base(32, 1, s339=(3, [5])), [b"\0" * WIDTH * HEIGHT * 4]), "refused")

# --- packed bits: values as stored from 9 bits, scaled to 8 bits below
for bits in range(1, 33):
    if bits in (8, 16, 32):
        continue
    highest = 2**bits - 1
    values = (x * 7 + y * 13).astype("u8") * (highest // 1100 or 1) % (highest + 1)
    expected = np.round(values * 255.0 / highest) if bits < 8 else values
    for photometric in (0, 1):
        shown = expected if photometric == 1 else (255 if bits < 8 else highest) - expected
        order = "little" if bits == 24 else None
        data = values.astype("<u4").view("u1").reshape(HEIGHT, WIDTH, 4)[:, :, :3].tobytes() if bits == 24 else bitpack(values, bits)
        keep(f"tiff-{bits}bit-photometric{photometric}.tif", tiff(base(bits, photometric), [data]), "stored", shown)
    if bits == 12:
        keep("tiff-12bit-be-lzw.tif", tiff(base(12, 1, 5), [imagecodecs.lzw_encode(bitpack(values, 12))], ">"), "stored", values)
        keep("tiff-12bit-signed.tif", tiff(base(12, 1, s339=(3, [2])), [bitpack(values, 12)]), "stored", np.where(values >= 2048, values.astype("i8") - 4096, values.astype("i8")))
        keep("tiff-12bit-predictor2.tif", tiff(base(12, 1, 5, s317=(3, [2])), [imagecodecs.lzw_encode(bitpack(values, 12))]), "refused")
    if bits <= 8 and bits in (1, 2, 4):
        for photometric in (0, 1):
            pillow(f"tiff-{bits}bit-photometric{photometric}-pillow.tif", tiff(base(bits, photometric), [bitpack(values, bits)]))
            pillow(f"tiff-{bits}bit-photometric{photometric}-fillorder2.tif", tiff(base(bits, photometric, s266=(3, [2])), [imagecodecs.bitorder_encode(bitpack(values, bits))]))
floats24 = np.frombuffer(imagecodecs.float24_encode((deep / 16.0).astype("f4"), byteorder="<"), "u1")
keep("tiff-f3-le.tif", tiff(base(24, 1, s339=(3, [3])), [floats24.tobytes()]), "stored", imagecodecs.float24_decode(floats24.tobytes(), byteorder="<"))
for photometric in (0, 1):
    shown = deep if photometric == 1 else 65535 - deep.astype("i4")
    keep(f"tiff-16bit-photometric{photometric}.tif", tiff(base(16, photometric), [deep.tobytes()]), "stored", shown)
keep("tiff-16bit-photometric0-signed.tif", tiff(base(16, 0, s339=(3, [2])), [hounsfield.tobytes()]), "stored", -1 - hounsfield.astype("i4"))
pillow("tiff-8bit-photometric0.tif", tiff(base(8, 0), [grey.tobytes()]))

# --- palettes
for bits in (1, 2, 4, 8):
    entries = 2**bits
    table = [((i * step) % 256) * 257 for step in (3, 7, 11) for i in range(entries)]
    values = (x + y) % entries
    pillow(f"tiff-palette-{bits}bit.tif", tiff(base(bits, 3, s320=(3, table)), [bitpack(values, bits)]))
table = [((i * step) % 256) * 257 for step in (3, 7, 11) for i in range(65536)]
wide = np.array(table).reshape(3, -1)[:, deep].transpose(1, 2, 0) >> 8
keep("tiff-palette-16bit.tif", tiff(base(16, 3, s320=(3, table)), [deep.tobytes()]), "stored", wide)
old_table = [(i * step) % 256 for step in (3, 7, 11) for i in range(256)]
keep("tiff-palette-8bit-old-map.tif", tiff(base(8, 3, s320=(3, old_table)), [grey.tobytes()]), "stored", np.array(old_table).reshape(3, -1)[:, grey].transpose(1, 2, 0))
pillow("tiff-palette-alpha.tif", tiff(base(8, 3, samples=2, s320=(3, table[:256] + table[65536:65792] + table[131072:131328]), s338=(3, [2])), [np.dstack([grey, 255 - grey]).tobytes()]))

# --- colour models
ycc = np.asarray(Image.fromarray(smooth).convert("YCbCr"))
full = [(0, 1), (255, 1), (128, 1), (255, 1), (128, 1), (255, 1)]
for across, down in [(1, 1), (2, 1), (2, 2), (4, 1), (1, 2), (4, 4)]:
    units = np.pad(ycc, ((0, -HEIGHT % down), (0, -WIDTH % across), (0, 0)), "edge")
    body = b""
    for row in range(0, units.shape[0], down):
        for column in range(0, units.shape[1], across):
            block = units[row : row + down, column : column + across]
            body += block[:, :, 0].tobytes() + bytes([int(block[:, :, 1].mean()), int(block[:, :, 2].mean())])
    tags = base(8, 6, 8, 3, s530=(3, [across, down]), s532=(5, full))
    pillow(f"tiff-ycbcr-{across}{down}.tif", tiff(tags, [zlib.compress(body)]))
cmyk = Image.fromarray(np.dstack([smooth, grey]), "CMYK")
pillow("tiff-cmyk.tif", saved(cmyk, "TIFF"))
pillow("tiff-cmyk-lzw.tif", saved(cmyk, "TIFF", compression="tiff_lzw"))
pillow("tiff-cmyk-jpeg.tif", saved(cmyk, "TIFF", compression="jpeg"))
inks = np.asarray(cmyk)
pillow("tiff-cmyk-16bit.tif", written((inks.astype("u2") * 257 - 100 * (inks > 3)).astype("u2"), photometric="separated"))
pillow("tiff-cmyk-extra.tif", written(np.dstack([inks, grey]), photometric="separated", extrasamples=["unspecified"]))
keep("tiff-cmyk-planar.tif", written(np.moveaxis(inks, 2, 0).copy(), photometric="separated", planarconfig="separate"), "rgb", np.asarray(cmyk.convert("RGB")))
keep("tiff-inks-6.tif", tiff(base(8, 5, samples=6, s332=(3, [2])), [b"\0" * WIDTH * HEIGHT * 6]), "refused")
lab = np.dstack([grey, smooth[:, :, 0] // 4, smooth[:, :, 1] // 4]).astype("u1")
to_rgb = ImageCms.buildTransform(ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB", 1)
as_rgb = np.asarray(ImageCms.applyTransform(Image.open(io.BytesIO(tiff(base(8, 8, samples=3), [lab.tobytes()]))), to_rgb))
keep("tiff-cielab.tif", tiff(base(8, 8, samples=3), [lab.tobytes()]), "rgb", as_rgb)
icc = lab.copy()
icc[:, :, 1:] += 128
keep("tiff-icclab.tif", tiff(base(8, 9, samples=3), [icc.tobytes()]), "rgb", as_rgb)
deep_lab = np.dstack([lab[:, :, 0].astype("u2") * 257, lab[:, :, 1].astype("u2") * 256, lab[:, :, 2].astype("u2") * 256])
keep("tiff-cielab-16bit.tif", tiff(base(16, 8, samples=3), [deep_lab.astype("<u2").tobytes()]), "rgb", as_rgb)
for photometric, bits in [(10, 8), (32803, 16), (32844, 16), (32845, 16), (34892, 16), (51177, 16), (60000, 8)]:
    keep(f"tiff-photometric-{photometric}.tif", tiff(base(bits, photometric), [b"\0" * WIDTH * HEIGHT * 2]), "refused")
pillow("tiff-mask-as-first-page.tif", tiff(base(1, 1, s254=(4, [4])), [bitpack(grey > 99, 1)]))

# --- alpha and other samples
rgba = np.dstack([smooth, grey])
for kind in ["unspecified", "assocalpha", "unassalpha"]:
    pillow(f"tiff-rgba-{kind}.tif", written(rgba, photometric="rgb", extrasamples=[kind]))
    pillow(f"tiff-rgba-16bit-{kind}.tif", written(rgba.astype("u2") * 257, photometric="rgb", extrasamples=[kind]))
    if kind != "assocalpha":
        pillow(f"tiff-grey-{kind}.tif", written(rgba[:, :, 2:], photometric="minisblack", extrasamples=[kind], planarconfig="contig"))
pillow("tiff-rgba-no-tag.tif", tiff(base(8, 2, samples=4), [rgba.tobytes()]))
pillow("tiff-rgb-3-extra.tif", written(np.dstack([rgba, grey, grey]), photometric="rgb", extrasamples=["unspecified"] * 3))
keep("tiff-5-channels.tif", written(np.dstack([rgba, grey]), photometric="minisblack", planarconfig="contig"), "refused")
keep("tiff-bits-565.tif", tiff(base(8, 2, samples=3, s258=(3, [5, 6, 5])), [b"\0" * WIDTH * HEIGHT * 2]), "refused")

# --- compressions
one_bit = Image.fromarray(grey > 100)
for compression in ["tiff_ccitt", "group3", "group4", "packbits", "tiff_lzw", "tiff_adobe_deflate", "zstd"]:
    pillow(f"tiff-1bit-{compression}.tif", saved(one_bit, "TIFF", compression=compression))
for subsampling in [(1, 1), (2, 1), (2, 2)]:
    pillow(f"tiff-jpeg-{subsampling[0]}{subsampling[1]}.tif", written(smooth, compression="jpeg", photometric="ycbcr", subsampling=subsampling))
    pillow(f"tiff-jpeg-{subsampling[0]}{subsampling[1]}-tiles.tif", written(smooth, compression="jpeg", photometric="ycbcr", subsampling=subsampling, tile=(16, 32)))
pillow("tiff-jpeg-rgb.tif", written(smooth, compression="jpeg", photometric="rgb"))
pillow("tiff-jpeg-grey.tif", saved(Image.fromarray(grey), "TIFF", compression="jpeg"))
pillow("tiff-jpeg-planes.tif", written(np.moveaxis(smooth, 2, 0).copy(), compression="jpeg", planarconfig="separate", photometric="rgb"))
for name, array, options in [
    ("12bit", deep, {"bitspersample": 12}),
    ("lossless-16bit", deep, {"lossless": True, "bitspersample": 16}),
    ("lossless-8bit", grey, {"lossless": True, "bitspersample": 8}),
]:
    code = imagecodecs.jpeg_encode(array, level=95, **options)
    keep(f"tiff-jpeg-{name}.tif", tiff(base(12 if name == "12bit" else array.itemsize * 8, 1, 7), [code]), "stored", imagecodecs.jpeg_decode(code))
rgb12 = (smooth.astype("u2") * 16)
for colourspace, photometric in [("YCBCR", 6), ("RGB", 2)]:
    code = imagecodecs.jpeg_encode(rgb12, level=95, bitspersample=12, colorspace="RGB", outcolorspace=colourspace)
    # Without the markers that name the colour space, as TIFF has it.
    for marker in (b"\xff\xe0", b"\xff\xee"):
        if marker in code[:40]:
            at = code.find(marker)
            code = code[:at] + code[at + 2 + int.from_bytes(code[at + 2 : at + 4], "big") :]
    reference = imagecodecs.jpeg_decode(code, colorspace=colourspace, outcolorspace="RGB")
    keep(f"tiff-jpeg-12bit-{colourspace.lower()}.tif", tiff(base(12, photometric, 7, 3, s530=(3, [2, 2])), [code]), "stored", reference)
whole = saved(Image.fromarray(smooth), "JPEG", quality=95, subsampling=0)
old = base(8, 6, 6, 3, s530=(3, [1, 1]), s512=(3, [1]), s513=(4, [0]), s514=(4, [len(whole)]))
pillow("tiff-old-jpeg.tif", tiff(old, [whole]))
keep("tiff-old-jpeg-tables.tif", tiff(base(8, 6, 6, 3, s530=(3, [1, 1]), s512=(3, [1])), [whole[600:]]), "refused")
keep("tiff-webp.tif", written(smooth, compression="webp", photometric="rgb", compressionargs={"lossless": True}), "rgb", smooth)
nibbles = ((x + y) % 16).astype("u1")
pillow("tiff-thunderscan.tif", tiff(base(4, 1, 32809), [(nibbles | 0xC0).tobytes()]))
pairs = ((x + y) % 4).astype("u1")
rows = bitpack(pairs, 2)
stride = (WIDTH + 3) // 4
literal = b"".join(b"\0" + rows[i * stride : (i + 1) * stride] for i in range(HEIGHT))
keep("tiff-next.tif", tiff(base(2, 1, 32766), [literal]), "stored", pairs * 85)
for compression in ["lzma", "jpeg2000", "jpegxl", "lerc", "png", "jpegxr"]:
    keep(f"tiff-{compression}.tif", written(deep if compression != "jpegxr" else grey, compression=compression, photometric="minisblack"), "refused")
for compression in (9, 34661, 34676, 32909, 33005, 34892, 64999):
    keep(f"tiff-compression-{compression}.tif", tiff(base(8, 1, compression), [bytes(3000)]), "refused")


def old_lzw(data):
    """The LZW of writers before 1992 without compression: 9-bit codes from the low bit."""
    codes = []
    for start in range(0, len(data), 200):
        codes += [256, *data[start : start + 200]]
    value = 0
    for place, code in enumerate([*codes, 257]):
        value |= code << (9 * place)
    return value.to_bytes((9 * (len(codes) + 1) + 7) // 8, "little")


pillow("tiff-old-lzw.tif", tiff(base(8, 1, 5), [old_lzw(grey.tobytes())]))
if shutil.which("tiffcp"):
    def tiffcp(name, source, *options):
        (folder / "source.tmp").write_bytes(source)
        subprocess.run(["tiffcp", *options, folder / "source.tmp", folder / "target.tmp"], check=True)
        pillow(name, (folder / "target.tmp").read_bytes())

    group4 = saved(one_bit, "TIFF", compression="group4")
    tiffcp("tiff-1bit-group3-2d.tif", group4, "-c", "g3:2d")
    tiffcp("tiff-1bit-group3-fill.tif", group4, "-c", "g3:1d:fill")
    tiffcp("tiff-1bit-group4-lsb.tif", group4, "-c", "g4", "-f", "lsb2msb")
    tiffcp("tiff-8bit-lzw-lsb.tif", saved(Image.fromarray(grey), "TIFF"), "-c", "lzw:2", "-f", "lsb2msb")
    tiffcp("tiff-rgb-bigtiff.tif", saved(Image.fromarray(smooth), "TIFF"), "-8", "-c", "zip", "-r", "5")
    tiffcp("tiff-rgb-planes-packbits.tif", saved(Image.fromarray(smooth), "TIFF"), "-p", "separate", "-c", "packbits")

# --- layouts
stored("tiff-bigtiff-i2.tif", hounsfield, bigtiff=True)
stored("tiff-bigtiff-be-i2.tif", hounsfield, bigtiff=True, byteorder=">")
stored("tiff-rows-per-strip-5.tif", hounsfield, rowsperstrip=5, compression="zlib")
stored("tiff-imagej-stack.tif", np.stack([deep, deep // 2]), deep, imagej=True, photometric="minisblack")
stored("tiff-ome-stack.tif", np.stack([hounsfield, hounsfield // 2]), hounsfield, ome=True, photometric="minisblack", metadata={"axes": "ZYX"})
stored("tiff-huge-rows-per-strip.tif", deep, rowsperstrip=2**31)
without = base(16, 1)
del without[278]
keep("tiff-no-rows-per-strip.tif", tiff(without, [deep.tobytes()]), "stored", deep)
keep("tiff-no-strip-byte-counts.tif", tiff(base(16, 1, s279=None), [deep.tobytes()]), "stored", deep)
keep("tiff-no-strip-byte-counts-zip.tif", tiff(base(16, 1, 8, s279=None), [zlib.compress(deep.tobytes())]), "stored", deep)
keep("tiff-strip-byte-counts-0.tif", tiff(base(16, 1, s279=(4, [0])), [deep.tobytes()]), "stored", deep)
keep("tiff-strip-byte-counts-too-small.tif", tiff(base(16, 1, s279=(4, [7])), [deep.tobytes()]), "stored", deep)
keep("tiff-last-strip-filled-up.tif", tiff(base(16, 1, 8, s278=(3, [20])), [zlib.compress(deep[:20].tobytes()), zlib.compress(deep[20:].tobytes() + bytes(3 * WIDTH * 2))]), "stored", deep)
pyramid = io.BytesIO()
with tifffile.TiffWriter(pyramid) as writer:
    writer.write(deep, subifds=1, photometric="minisblack")
    writer.write(deep[::2, ::2], subfiletype=1, photometric="minisblack")
keep("tiff-pyramid.tif", pyramid.getvalue(), "stored", deep)
for orientation in range(1, 9):
    pillow(f"tiff-orientation-{orientation}.tif", tiff(base(8, 2, samples=3, s274=(3, [orientation])), [smooth.tobytes()]))
keep("tiff-sparse.tif", tiff(base(8, 1, s278=(3, [19]), s279=(4, [0, WIDTH * 18])), [b"", grey[19:].tobytes()]), "refused")
short = tiff(base(16, 1), [deep.tobytes()])
keep("tiff-truncated.tif", short[:-100], "damaged")
for compression in ["lzw", "zlib", "zstd", "packbits"]:
    data = written(deep, compression=compression, photometric="minisblack")
    keep(f"tiff-truncated-{compression}.tif", data[: len(data) * 2 // 3], "damaged")
for compression in ["jpeg", "group4"]:
    data = saved(one_bit if compression == "group4" else Image.fromarray(grey), "TIFF", compression=compression)
    keep(f"tiff-truncated-{compression}.tif", data[: len(data) * 2 // 3], "damaged")
keep("tiff-no-strips.tif", short.replace(struct.pack("<HH", 273, 4), struct.pack("<HH", 50999, 4)), "damaged")
keep("tiff-promises-too-much.tif", tiff(base(16, 1, 8, s256=(4, [20000]), s257=(4, [9000])), [zlib.compress(deep.tobytes())]), "damaged")

# --- JPEG
big_y, big_x = np.mgrid[0:137, 0:153]
photo = Image.fromarray(np.stack([(big_x * 3 + big_y * 2) % 256, 255 - big_x, (big_x * 5) % 256], -1).astype("u1"))
for subsampling in (0, 1, 2):
    pillow(f"jpeg-subsampling-{subsampling}.jpg", saved(photo, "JPEG", subsampling=subsampling))
jpeg = saved(photo, "JPEG")
pillow("jpeg-progressive.jpg", saved(photo, "JPEG", progressive=True))
pillow("jpeg-grey.jpg", saved(photo.convert("L"), "JPEG"))
pillow("jpeg-rgb-adobe-0.jpg", saved(photo, "JPEG", keep_rgb=True))
pillow("jpeg-restarts.jpg", saved(photo, "JPEG", restart_marker_blocks=4))
exif = Image.Exif()
for orientation in range(1, 9):
    exif[274] = orientation
    data = saved(photo, "JPEG", exif=exif)
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    keep(f"jpeg-orientation-{orientation}.jpg", data, "rgb", np.asarray(upright))
inked = saved(photo.convert("CMYK"), "JPEG", quality=95)
adobe = inked.find(b"\xff\xee")
end = adobe + 2 + int.from_bytes(inked[adobe + 2 : adobe + 4], "big")
pillow("jpeg-cmyk-adobe.jpg", inked)
pillow("jpeg-cmyk-no-adobe.jpg", inked[:adobe] + inked[end:])
pillow("jpeg-ycck.jpg", inked[: end - 1] + b"\x02" + inked[end:])
if shutil.which("cjpeg"):
    source = saved(photo, "PPM")
    for name, options in {
        "arithmetic": ["-arithmetic"],
        "arithmetic-progressive": ["-arithmetic", "-progressive"],
        "411": ["-sample", "4x1"],
        "440": ["-sample", "1x2"],
        "410": ["-sample", "4x2"],
        "unusual-sampling": ["-sample", "2x2,1x2,2x1"],
    }.items():
        pillow(f"jpeg-{name}.jpg", subprocess.run(["cjpeg", *options], input=source, capture_output=True, check=True).stdout)
    coded = subprocess.run(["cjpeg", "-arithmetic"], input=source, capture_output=True, check=True).stdout
    keep("jpeg-arithmetic-truncated.jpg", coded[: len(coded) // 2], "damaged")
pillow("jpeg-trailing-zeros.jpg", jpeg + bytes(100))
pillow("jpeg-trailing-bytes.jpg", jpeg + bytes(range(1, 200)))
pillow("jpeg-extraneous-bytes.jpg", jpeg[:-2] + b"\x11\x22\x33" + jpeg[-2:])
pillow("jpeg-mpo.jpg", saved(photo, "MPO", save_all=True, append_images=[photo.convert("L").convert("RGB")]))
decoded = np.asarray(Image.open(io.BytesIO(jpeg)))
keep("jpeg-no-end.jpg", jpeg[:-2], "rgb", decoded)
keep("jpeg-no-end-zeros.jpg", jpeg[:-2] + bytes(100), "rgb", decoded)
half = len(jpeg) // 2
keep("jpeg-truncated.jpg", jpeg[:half], "damaged")
keep("jpeg-truncated-40.jpg", jpeg[:-40], "damaged")
keep("jpeg-truncated-with-end.jpg", jpeg[:half] + b"\xff\xd9", "damaged")
keep("jpeg-truncated-zeros.jpg", jpeg[:half] + bytes(half), "damaged")
keep("jpeg-zeroed.jpg", jpeg[:half] + bytes(60) + jpeg[half + 60 :], "damaged")
restarts = saved(photo, "JPEG", restart_marker_blocks=4)
lost = restarts.find(b"\xff\xd3")
keep("jpeg-restart-lost.jpg", restarts[:lost] + restarts[restarts.find(b"\xff\xd4", lost) :], "damaged")
progressive = saved(photo, "JPEG", progressive=True)
keep("jpeg-progressive-truncated.jpg", progressive[: len(progressive) * 2 // 3], "damaged")
frame = jpeg.find(b"\xff\xc0")
keep("jpeg-hierarchical.jpg", jpeg[:frame] + b"\xff\xc5" + jpeg[frame + 2 :], "refused")
keep("jpeg-lossless-arithmetic.jpg", jpeg[:frame] + b"\xff\xcb" + jpeg[frame + 2 :], "refused")
keep("jpeg-dnl.jpg", jpeg[: frame + 5] + b"\0\0" + jpeg[frame + 7 :], "refused")
keep("jpeg-2-components.jpg", jpeg[: frame + 9] + b"\2" + jpeg[frame + 10 :], "refused")
keep("jpeg-promises-too-much.jpg", jpeg[: frame + 5] + b"\x30\x00\x30\x00" + jpeg[frame + 9 :], "damaged")
for bits in (12,):
    for name, array in {"grey": deep, "rgb": rgb12}.items():
        code = imagecodecs.jpeg_encode(array, level=95, bitspersample=bits)
        keep(f"jpeg-12bit-{name}.jpg", code, "stored", imagecodecs.jpeg_decode(code))
        keep(f"jpeg-12bit-{name}-no-end.jpg", code[:-2], "stored", imagecodecs.jpeg_decode(code))
        keep(f"jpeg-12bit-{name}-truncated.jpg", code[: len(code) * 2 // 3], "damaged")
for bits in range(2, 17):
    array = (deep.astype("u4") * (2**bits - 1) // 4000).astype("u1" if bits <= 8 else "u2")
    for predictor in range(1, 8):
        code = imagecodecs.jpeg_encode(array, lossless=True, bitspersample=bits, predictor=predictor)
        keep(f"jpeg-lossless-{bits}bit-predictor{predictor}.jpg", code, "stored", array)
    if bits >= 8:
        keep(f"jpeg-ls-{bits}bit.jpg", imagecodecs.jpegls_encode(array), "stored", imagecodecs.jpegls_decode(imagecodecs.jpegls_encode(array)))
keep("jpeg-lossless-truncated.jpg", code[: len(code) * 2 // 3], "damaged")
for name, array in {"8bit-rgb": smooth, "16bit-rgb": smooth.astype("u2") * 257}.items():
    keep(f"jpeg-lossless-{name}.jpg", imagecodecs.jpeg_encode(array, lossless=True, bitspersample=array.itemsize * 8), "stored", array)
    keep(f"jpeg-ls-{name}.jpg", imagecodecs.jpegls_encode(array), "stored", array)
ls = imagecodecs.jpegls_encode(grey, level=3)
keep("jpeg-ls-near-lossless.jpg", ls, "stored", imagecodecs.jpegls_decode(ls))
keep("jpeg-ls-truncated.jpg", ls[: len(ls) * 2 // 3], "damaged")

for leftover in folder.glob("*.tmp"):
    leftover.unlink()
(folder / "kinds.json").write_text(json.dumps(kinds, indent=1))
print(f"{len(kinds)} files in {folder}")
