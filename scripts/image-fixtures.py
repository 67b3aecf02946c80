"""Makes src/images/fixtures/kinds.json: small BMP, PNG and WebP files of every kind, and the pixels that
Pillow reads from them. src/images/kinds.test.ts compares Semblance's pixels with these.

    pip install pillow numpy
    python scripts/image-fixtures.py && npx biome format --write src/images/fixtures

Where Pillow does not read a kind (`pillow: false`), the pixels are the ones that the file was drawn from.
The fixtures came from Pillow 13.0.0.
"""

import base64
import io
import json
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

FOLDER = Path(__file__).parent.parent / "src" / "images" / "fixtures"
W, H = 11, 6
y, x = np.mgrid[0:H, 0:W]
RAMP = ((x * 23 + y * 37) % 256).astype("u1")
COLOUR = np.dstack([RAMP, RAMP[::-1] // 2 + 60, 255 - RAMP]).astype("u1")
ALPHA = ((x * 90) % 256).astype("u1")
GREY_256 = [(i, i, i) for i in range(256)]
INVERTED = [(255 - i,) * 3 for i in range(256)]
COLOURS_256 = [(i, (i * 7) % 256, 255 - i) for i in range(256)]
COLOURS_16 = [(i * 17, 255 - i * 9, (i * 50) % 256) for i in range(16)]
kinds = []


def add(name, data, drawn=None, error=None):
    """A kind with the pixels of Pillow, those it was drawn from, or the code of its error."""
    entry = {"name": name, "file": base64.b64encode(data).decode()}
    if error is not None:
        kinds.append({**entry, "error": error})
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rgb, read = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")), True
    except Exception as e:
        assert drawn is not None, f"{name}: {e}"
        rgb, read = drawn, False
    if drawn is not None and not np.array_equal(rgb, drawn):
        print(f"{name}: Pillow reads other pixels than were drawn; the drawn ones are expected")
        rgb, read = drawn, False
    rgb = np.ascontiguousarray(rgb, "u1")
    size = {"width": rgb.shape[1], "height": rgb.shape[0]}
    kinds.append({**entry, "pillow": read, **size, "rgb": base64.b64encode(rgb.tobytes()).decode()})


# --- BMP


def header(size, width, height, bits, compression=0, image_size=0, colours=0, masks=()):
    if size == 12:
        return struct.pack("<IHHHH", 12, width, height, 1, bits)
    fields = struct.pack("<IiiHHIIiiII", size, width, height, 1, bits, compression, image_size, 2835, 2835, colours, 0)
    if size < 40:
        return fields[:size]
    if size == 64:
        return fields + bytes(24)
    return (fields + b"".join(struct.pack("<I", m) for m in masks)).ljust(size, b"\0")[:size]


def bmp(head, pixels, palette=(), gap=b"", offset=None, file_size=None, after=b""):
    entry = "BBB" if head[0] == 12 else "BBBx"
    colours = b"".join(struct.pack(entry, b, g, r) for r, g, b in palette)
    at = 14 + len(head) + len(after) + len(colours) + len(gap)
    size = at + len(pixels)
    return (
        struct.pack("<2sIHHI", b"BM", size if file_size is None else file_size, 0, 0, at if offset is None else offset)
        + head + after + colours + gap + pixels
    )


def rows(values, bits, top_down=False, pad=True):
    """Rows of packed pixels, whose first axis is y; values are unsigned integers of `bits` bits."""
    out = b""
    for row in values if top_down else values[::-1]:
        if bits >= 8:
            line = b"".join(int(v).to_bytes(bits // 8, "little") for v in row)
        else:
            text = "".join(format(int(v), f"0{bits}b") for v in row)
            text += "0" * (-len(text) % 8)
            line = int(text, 2).to_bytes(len(text) // 8, "big")
        out += line + bytes(-len(line) % 4 if pad else 0)
    return out


def lookup(indices, palette):
    full = np.zeros((256, 3), "u1")
    full[: len(palette)] = palette
    return full[indices]


def packed(rgb, *masks):
    """Pixels with masks, from 8-bit samples; and the samples they stand for."""
    values = np.zeros(rgb.shape[:2], "u8")
    shown = np.zeros((*rgb.shape[:2], 3), "u1")
    for c, mask in enumerate(masks):
        if mask == 0:
            continue
        shift = (mask & -mask).bit_length() - 1
        most = mask >> shift
        sample = rgb[..., c].astype("u8") * most // 255
        values |= (sample << np.uint64(shift)).astype("u8")
        if c < 3:
            shown[..., c] = sample * 255 // most
    return values, shown


PALETTES = {1: [(0, 0, 0), (255, 255, 255)], 4: COLOURS_16, 8: COLOURS_256}
BGR = COLOUR[..., 2].astype("u4") | COLOUR[..., 1].astype("u4") << 8 | COLOUR[..., 0].astype("u4") << 16

for size in (12, 16, 40, 52, 56, 64, 108, 124):
    for bits in (1, 4, 8):
        indices = RAMP >> (8 - bits)
        add(f"bmp header {size}, {bits} bit", bmp(header(size, W, H, bits), rows(indices, bits), PALETTES[bits]), lookup(indices, PALETTES[bits]))
    add(f"bmp header {size}, 24 bit", bmp(header(size, W, H, 24), rows(BGR, 24)), COLOUR)
    if size in (12, 16, 64):
        continue
    values, shown = packed(COLOUR, 0x7C00, 0x3E0, 0x1F)
    junk = (0x1, 0x2, 0x4, 0x8)  # masks that do not count without BI_BITFIELDS
    add(f"bmp header {size}, 16 bit", bmp(header(size, W, H, 16, masks=junk), rows(values, 16)), shown)
    add(f"bmp header {size}, 32 bit", bmp(header(size, W, H, 32, masks=junk), rows(BGR, 32)), COLOUR)
    add(f"bmp header {size}, 32 bit, fourth byte", bmp(header(size, W, H, 32), rows(BGR | ALPHA.astype("u4") << 24, 32)), COLOUR)
    for label, bits, masks in [
        ("565", 16, (0xF800, 0x7E0, 0x1F)),
        ("555", 16, (0x7C00, 0x3E0, 0x1F)),
        ("BGR 565", 16, (0x1F, 0x7E0, 0xF800)),
        ("4444", 16, (0xF00, 0xF0, 0xF, 0xF000)),
        ("233", 16, (0xC0, 0x38, 0x7)),
        ("RGBX", 32, (0xFF000000, 0xFF0000, 0xFF00)),
        ("XBGR", 32, (0xFF, 0xFF00, 0xFF0000)),
        ("BGRA", 32, (0xFF0000, 0xFF00, 0xFF, 0xFF000000)),
        ("RGBA", 32, (0xFF, 0xFF00, 0xFF0000, 0xFF000000)),
        ("ABGR", 32, (0xFF000000, 0xFF0000, 0xFF00, 0xFF)),
        ("BGAR", 32, (0xFF000000, 0xFF00, 0xFF, 0xFF0000)),
        ("1010102", 32, (0x3FF00000, 0xFFC00, 0x3FF, 0xC0000000)),
        ("no green", 32, (0xFF0000, 0, 0xFF)),
        ("24", 24, (0xFF0000, 0xFF00, 0xFF)),
    ]:
        if len(masks) == 4 and size < 56:
            continue
        values, shown = packed(np.dstack([COLOUR, ALPHA]), *masks)
        after = b"".join(struct.pack("<I", m) for m in masks) if size == 40 else b""
        head = header(size, W, H, bits, 3, masks=masks)
        add(f"bmp header {size}, masks {label}", bmp(head, rows(values, bits), after=after), shown)
masks = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
values, shown = packed(np.dstack([COLOUR, ALPHA]), *masks)
after = b"".join(struct.pack("<I", m) for m in masks)
add("bmp BI_ALPHABITFIELDS", bmp(header(40, W, H, 32, 6), rows(values, 32), after=after), shown)
add("bmp masks all 0", bmp(header(40, W, H, 32, 3), rows(BGR, 32), after=bytes(12)), COLOUR)
add("bmp masks with a hole", bmp(header(40, W, H, 32, 3), rows(BGR, 32), after=struct.pack("<III", 0xFF0F00, 0xFF, 0xF0)), error="IMAGE_DAMAGED")

add("bmp 2 bit", bmp(header(40, W, H, 2), rows(RAMP >> 6, 2), COLOURS_16[:4]), lookup(RAMP >> 6, COLOURS_16[:4]))
add("bmp 8 bit grey palette", bmp(header(40, W, H, 8), rows(RAMP, 8), GREY_256), np.dstack([RAMP] * 3))
add("bmp 8 bit inverted palette", bmp(header(40, W, H, 8), rows(RAMP, 8), INVERTED), np.dstack([255 - RAMP] * 3))
add("bmp 1 bit inverted palette", bmp(header(40, W, H, 1), rows(RAMP >> 7, 1), [(255,) * 3, (0,) * 3]))
add("bmp 1 bit coloured palette", bmp(header(40, W, H, 1), rows(RAMP >> 7, 1), [(9, 8, 7), (200, 100, 50)]))
add("bmp 8 bit, 100 colours", bmp(header(40, W, H, 8, colours=100), rows(RAMP % 100, 8), COLOURS_256[:100]))
add("bmp 4 bit, 5 colours", bmp(header(40, W, H, 4, colours=5), rows(RAMP % 5, 4), COLOURS_16[:5]))
add("bmp 8 bit, 100 colours, indices beyond", bmp(header(40, W, H, 8, colours=100), rows(RAMP, 8), COLOURS_256[:100]), lookup(RAMP, COLOURS_256[:100]))
add("bmp 8 bit, 100 colours that the header does not count", bmp(header(40, W, H, 8), rows(RAMP % 100, 8), COLOURS_256[:100]), lookup(RAMP % 100, COLOURS_256[:100]))
add("bmp 8 bit, 300 colours", bmp(header(40, W, H, 8, colours=300), rows(RAMP, 8), COLOURS_256 + COLOURS_256[:44]), lookup(RAMP, COLOURS_256))
add("bmp 24 bit with a palette", bmp(header(40, W, H, 24, colours=20), rows(BGR, 24), COLOURS_256[:20]), COLOUR)
add("bmp gap before the pixels", bmp(header(40, W, H, 8), rows(RAMP, 8), COLOURS_256, gap=b"\x55" * 37), lookup(RAMP, COLOURS_256))
add("bmp offset 0", bmp(header(40, W, H, 8), rows(RAMP, 8), COLOURS_256, offset=0), lookup(RAMP, COLOURS_256))
add("bmp offset of the palette", bmp(header(40, W, H, 8), rows(RAMP, 8), COLOURS_256, offset=54), lookup(RAMP, COLOURS_256))
add("bmp top-down", bmp(header(40, W, -H, 24), rows(BGR, 24, top_down=True)), COLOUR)
add("bmp top-down, 1 bit", bmp(header(40, W, -H, 1), rows(RAMP >> 7, 1, top_down=True), PALETTES[1]))
add("bmp file size 0", bmp(header(40, W, H, 24), rows(BGR, 24), file_size=0), COLOUR)
add("bmp sizes too large", bmp(header(40, W, H, 24, image_size=2**31), rows(BGR, 24), file_size=2**32 - 1), COLOUR)
add("bmp last padding left out", bmp(header(40, W, H, 24), rows(BGR, 24)[:-3]), COLOUR)
add("bmp bytes behind the pixels", bmp(header(40, W, H, 24), rows(BGR, 24) + b"\xee" * 99), COLOUR)
for width in range(1, 10):
    for bits in (1, 4, 8, 24):
        values = (BGR if bits == 24 else RAMP >> (8 - bits))[:, :width]
        add(f"bmp {bits} bit, {width} wide", bmp(header(40, width, H, bits), rows(values, bits), PALETTES.get(bits, ())))


def rle(codes, bits=8, height=H, width=W, palette=None):
    head = header(40, width, height, bits, {4: 2, 8: 1, 24: 4}[bits])
    if palette is None:
        palette = {4: COLOURS_16, 8: COLOURS_256, 24: []}[bits]
    return bmp(head, codes, palette)


def encoded(value, count):
    return bytes([count, value])


def absolute(values, bits):
    if bits == 4:
        text = [int(v) for v in values] + [0] * (len(values) % 2)
        body = bytes(a << 4 | b for a, b in zip(text[::2], text[1::2]))
    else:
        body = bytes(int(v) for v in values)
    return bytes([0, len(values)]) + body + bytes(len(body) % 2)


EOL, EOB = b"\0\0", b"\0\1"
for bits in (4, 8):
    values = RAMP >> (8 - bits)
    up = values[::-1]
    palette = PALETTES[bits]
    two = (lambda v: v << 4 | v) if bits == 4 else (lambda v: v)
    shown = lookup(values, palette)
    name = f"bmp rle{bits}"
    single = [b"".join(encoded(two(int(v)), 1) for v in row) for row in up]
    whole = [absolute(row, bits) for row in up]
    mixed = [absolute(row[:5], bits) + encoded(two(int(row[5])), 1) + absolute(row[6:], bits) for row in up]
    add(f"{name}, runs of 1", rle(EOL.join(single) + EOL + EOB, bits), shown)
    add(f"{name}, absolute", rle(EOL.join(whole) + EOL + EOB, bits), shown)
    add(f"{name}, absolute of odd length and runs", rle(EOL.join(mixed) + EOL + EOB, bits), shown)
    add(f"{name}, no end of the last line", rle(EOL.join(whole) + EOB, bits), shown)
    add(f"{name}, no end of the bitmap", rle(EOL.join(whole) + EOL, bits), shown)
    add(f"{name}, no ends at all", rle(EOL.join(whole), bits), shown)
    add(f"{name}, top-down", rle(EOL.join(whole[::-1]) + EOL + EOB, bits, height=-H), shown)
    add(f"{name}, grey palette", rle(EOL.join(whole) + EOL + EOB, bits, palette=[(i * (17 if bits == 4 else 1),) * 3 for i in range(2**bits)]))
    flat = np.repeat(up[:, :1], W, 1)
    add(f"{name}, long runs", rle(b"".join(encoded(two(int(v)), W) + EOL for v in flat[:, 0]) + EOB, bits), lookup(flat[::-1], palette))
    add(f"{name}, runs past the line", rle(b"".join(encoded(two(int(v)), 200) + EOL for v in flat[:, 0]) + EOB, bits), lookup(flat[::-1], palette))
    short = up.copy()
    short[:, 7:] = 0
    add(f"{name}, lines end early", rle(b"".join(absolute(row[:7], bits) + EOL for row in up) + EOB, bits), lookup(short[::-1], palette))
    skipped = up.copy()
    skipped[0, 4:6] = 0
    skipped[1, 3:] = 0
    skipped[2, :] = 0
    skipped[3, :3] = 0
    codes = absolute(up[0, :4], bits) + b"\0\2\2\0" + absolute(up[0, 6:], bits) + EOL + absolute(up[1, :3], bits) + b"\0\2\0\2" + absolute(up[3, 3:], bits)
    add(f"{name}, deltas", rle(codes + EOL + EOL.join(whole[4:]) + EOB, bits), lookup(skipped[::-1], palette))
    empty = up.copy()
    empty[2] = 0
    add(f"{name}, an empty line", rle(EOL.join(whole[:2] + [b""] + whole[3:]) + EOL + EOB, bits), lookup(empty[::-1], palette))
    last = up.copy()
    last[-1, 4:] = 0
    add(f"{name}, ends within the last line", rle(EOL.join(whole[:-1]) + EOL + absolute(up[-1, :4], bits) + EOB, bits), lookup(last[::-1], palette))
    rest = up.copy()
    rest[3:] = 0
    add(f"{name}, the rest skipped", rle(EOL.join(whole[:3]) + EOL + bytes([0, 2, 0, H - 3]) + EOB, bits), lookup(rest[::-1], palette))
    add(f"{name}, ends early", rle(EOL.join(whole[:3]) + EOL + EOB, bits), error="IMAGE_DAMAGED")
    add(f"{name}, cut off", rle((EOL.join(whole) + EOL + EOB)[:-9], bits), error="IMAGE_DAMAGED")
    add(f"{name}, delta out of the picture", rle(whole[0] + EOL + b"\0\2\xff\1" + EOB, bits), error="IMAGE_DAMAGED")
    add(f"{name}, promises much", rle(EOL * 9, bits, 14000, 14000), error="IMAGE_DAMAGED")
    odd = np.tile([3, 12] if bits == 4 else [3, 3], W)[:W]
    add(f"{name}, two values in turn", rle((encoded(0x3C if bits == 4 else 3, W) + EOL) * H + EOB, bits), lookup(np.tile(odd, (H, 1)), palette))
codes = b"".join(bytes([0, W]) + row[:, ::-1].tobytes() + bytes(W * 3 % 2) + EOL for row in COLOUR[::-1])
add("bmp rle24, absolute", rle(codes + EOB, 24), COLOUR)
codes = b"".join(b"".join(bytes([1, *p[::-1]]) for p in row) + EOL for row in COLOUR[::-1])
add("bmp rle24, runs", rle(codes + EOB, 24), COLOUR)

jpeg, png = io.BytesIO(), io.BytesIO()
Image.fromarray(COLOUR).save(jpeg, "jpeg")
Image.fromarray(COLOUR).save(png, "png")
add("bmp with a JPEG", bmp(header(40, W, H, 0, 4), jpeg.getvalue()), error="IMAGE_UNSUPPORTED")
add("bmp with a JPEG, 24 bit", bmp(header(40, W, H, 24, 4), jpeg.getvalue()), error="IMAGE_UNSUPPORTED")
add("bmp with a PNG", bmp(header(40, W, H, 0, 5), png.getvalue()), error="IMAGE_UNSUPPORTED")
add("bmp Huffman 1D", bmp(header(64, W, H, 1, 3), b"\0\1\2\3", PALETTES[1]), error="IMAGE_UNSUPPORTED")
add("bmp 64 bit", bmp(header(40, W, H, 64), bytes(W * H * 8)), error="IMAGE_UNSUPPORTED")
add("bmp compression 11", bmp(header(40, W, H, 32, 11), bytes(W * H * 4)), error="IMAGE_UNSUPPORTED")
add("bmp 7 bit", bmp(header(40, W, H, 7), rows(RAMP, 8)), error="IMAGE_DAMAGED")
add("bmp width 0", bmp(header(40, 0, H, 24), rows(BGR, 24)), error="IMAGE_DAMAGED")
add("bmp width negative", bmp(header(40, -W, H, 24), rows(BGR, 24)), error="IMAGE_DAMAGED")
add("bmp height 0", bmp(header(40, W, 0, 24), rows(BGR, 24)), error="IMAGE_DAMAGED")
add("bmp height of the least integer", bmp(header(40, W, -(2**31), 24), rows(BGR, 24)), error="IMAGE_TOO_LARGE")
add("bmp promises much", bmp(header(40, 14000, 14000, 24), rows(BGR, 24)), error="IMAGE_DAMAGED")
add("bmp one row missing", bmp(header(40, W, H, 24), rows(BGR, 24)[:-36]), error="IMAGE_DAMAGED")
add("bmp offset behind the file", bmp(header(40, W, H, 24), rows(BGR, 24), offset=10**6), error="IMAGE_DAMAGED")
add("bmp only its headers", bmp(header(40, W, H, 8), b"", COLOURS_256), error="IMAGE_DAMAGED")
add("bmp half a header", bmp(header(40, W, H, 24), b"")[:30], error="IMAGE_DAMAGED")
add("bmp half a palette", bmp(header(40, W, H, 8), b"", COLOURS_256)[:300], error="IMAGE_DAMAGED")

# --- PNG


def chunk(kind, data, crc=None):
    body = kind.encode() + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body) if crc is None else crc)


SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def scanlines(samples, bits, filtered):
    """Filtered lines; `filtered` takes the five filters in turn, otherwise there is none."""
    out, before = b"", None
    step = max(1, bits * samples.shape[2] // 8)
    for at, row in enumerate(samples):
        flat = row.reshape(-1)
        if bits == 16:
            line = flat.astype(">u2").tobytes()
        else:
            text = "".join(format(int(v), f"0{bits}b") for v in flat)
            text += "0" * (-len(text) % 8)
            line = int(text, 2).to_bytes(len(text) // 8, "big")
        before = before or bytes(len(line))
        kind = at % 5 if filtered else 0
        coded = bytearray()
        for i, value in enumerate(line):
            a = line[i - step] if i >= step else 0
            b = before[i]
            c = before[i - step] if i >= step else 0
            paeth = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))[2]
            coded.append((value - [0, a, b, (a + b) // 2, paeth][kind]) % 256)
        out += bytes([kind]) + bytes(coded)
        before = line
    return out


def png_parts(samples, bits, colour, interlaced=False, filtered=True):
    samples = samples.reshape(*samples.shape[:2], -1)
    height, width, channels = samples.shape
    assert channels == CHANNELS[colour]
    head = chunk("IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, int(interlaced)))
    if interlaced:
        passes = [samples[y0::dy, x0::dx] for x0, y0, dx, dy in ADAM7]
        lines = b"".join(scanlines(p, bits, filtered) for p in passes if p.size)
    else:
        lines = scanlines(samples, bits, filtered)
    return head, lines


def png_file(samples, bits, colour, extra=b"", end=chunk("IEND", b""), split=1, **options):
    head, lines = png_parts(samples, bits, colour, **options)
    data = zlib.compress(lines)
    size = -(-len(data) // split)
    parts = b"".join(chunk("IDAT", data[i : i + size]) for i in range(0, len(data), size))
    return SIGNATURE + head + extra + parts + end


def by_range(samples):
    """Deep samples as Semblance shows them: linear from the smallest to the largest of all."""
    low, high = int(samples.min()), int(samples.max())
    grey = np.rint((samples.astype("f8") - low) * (255 / max(1, high - low))).astype("u1")
    return grey if grey.ndim == 3 else np.dstack([grey] * 3)


def add_deep(name, data, samples):
    add(name, data, by_range(samples))


DEEP = (x * 313 + y * 71 + 900).astype("u2")
DEEP_COLOUR = np.dstack([DEEP, DEEP * 2, 4000 - DEEP // 2]).astype("u2")
for interlaced in (False, True):
    label = ", interlaced" if interlaced else ""
    for bits in (1, 2, 4, 8):
        values = RAMP >> (8 - bits)
        add(f"png grey {bits}{label}", png_file(values, bits, 0, interlaced=interlaced))
        palette = COLOURS_256[: 2**bits]
        plte = chunk("PLTE", bytes(np.array(palette, "u1").tobytes()))
        add(f"png palette {bits}{label}", png_file(values, bits, 3, plte, interlaced=interlaced), lookup(values, palette))
        trns = chunk("tRNS", bytes([0, 128]))
        add(f"png palette {bits} with alpha{label}", png_file(values, bits, 3, plte + trns, interlaced=interlaced), lookup(values, palette))
        add(f"png grey {bits} with a transparent value{label}", png_file(values, bits, 0, chunk("tRNS", b"\0\1"), interlaced=interlaced))
    add(f"png grey-alpha 8{label}", png_file(np.dstack([RAMP, ALPHA]), 8, 4, interlaced=interlaced), np.dstack([RAMP] * 3))
    add(f"png rgb 8{label}", png_file(COLOUR, 8, 2, interlaced=interlaced), COLOUR)
    add(f"png rgba 8{label}", png_file(np.dstack([COLOUR, ALPHA]), 8, 6, interlaced=interlaced), COLOUR)
    deep_alpha = ALPHA.astype("u2") * 257
    add_deep(f"png grey 16{label}", png_file(DEEP, 16, 0, interlaced=interlaced), DEEP)
    add_deep(f"png grey-alpha 16{label}", png_file(np.dstack([DEEP, deep_alpha]), 16, 4, interlaced=interlaced), DEEP)
    add_deep(f"png rgb 16{label}", png_file(DEEP_COLOUR, 16, 2, interlaced=interlaced), DEEP_COLOUR)
    add_deep(f"png rgba 16{label}", png_file(np.dstack([DEEP_COLOUR, deep_alpha]), 16, 6, interlaced=interlaced), DEEP_COLOUR)
    add_deep(f"png rgb 16 of three equal channels{label}", png_file(np.dstack([DEEP] * 3), 16, 2, interlaced=interlaced), DEEP)
add_deep("png grey 16 with a transparent value", png_file(DEEP, 16, 0, chunk("tRNS", struct.pack(">H", int(DEEP[2, 3])))), DEEP)
add_deep("png rgb 16 with a transparent value", png_file(DEEP_COLOUR, 16, 2, chunk("tRNS", struct.pack(">HHH", *map(int, DEEP_COLOUR[2, 3])))), DEEP_COLOUR)
add_deep("png grey 16 of 8 bits", png_file(RAMP.astype("u2"), 16, 0), RAMP)
add_deep("png grey 16, sBIT 12", png_file(DEEP, 16, 0, chunk("sBIT", b"\x0c")), DEEP)
add("png rgb 8 with a transparent colour", png_file(COLOUR, 8, 2, chunk("tRNS", struct.pack(">HHH", *map(int, COLOUR[1, 1])))), COLOUR)
add("png rgb 8 with a suggested palette", png_file(COLOUR, 8, 2, chunk("PLTE", bytes(range(30)))), COLOUR)
grey_palette = chunk("PLTE", bytes(v for i in range(256) for v in (i, i, i)))
add("png palette of greys", png_file(RAMP, 8, 3, grey_palette), np.dstack([RAMP] * 3))
add("png palette of 20, 8 bit", png_file(RAMP % 20, 8, 3, chunk("PLTE", np.array(COLOURS_256[:20], "u1").tobytes())), lookup(RAMP % 20, COLOURS_256[:20]))
profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
icc = zlib.compress(profile[:24] + bytes(12) + profile[36:])  # without its date
for name, extra in {
    "gamma": chunk("gAMA", struct.pack(">I", 100000)),
    "chromaticities": chunk("cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)),
    "sRGB": chunk("sRGB", b"\0"),
    "a colour profile": chunk("iCCP", b"profile\0\0" + icc),
    "significant bits": chunk("sBIT", b"\4\4\4"),
    "background": chunk("bKGD", struct.pack(">HHH", 1, 2, 3)),
    "resolution, text and time": chunk("pHYs", struct.pack(">IIB", 1, 3, 0)) + chunk("tEXt", b"Comment\0x") + chunk("tIME", bytes(7)),
}.items():
    add(f"png rgb 8 with {name}", png_file(COLOUR, 8, 2, extra), COLOUR)
add("png grey 8 with gamma", png_file(RAMP, 8, 0, chunk("gAMA", struct.pack(">I", 100000))), np.dstack([RAMP] * 3))
add("png in many parts", png_file(COLOUR, 8, 2, split=20), COLOUR)
add("png 1 x 1", png_file(RAMP[1:2, 1:2], 8, 0))
add("png 1 wide, interlaced", png_file(RAMP[:, 1:2], 8, 0, interlaced=True))
add("png bytes behind the end", png_file(COLOUR, 8, 2) + b"more", COLOUR)
still = png_file(COLOUR, 8, 2, chunk("acTL", struct.pack(">II", 2, 0)) + chunk("fcTL", struct.pack(">IIIIIHHBB", 0, W, H, 0, 0, 1, 10, 0, 0)), end=b"")
second = chunk("fcTL", struct.pack(">IIIIIHHBB", 1, W, H, 0, 0, 1, 10, 0, 0)) + chunk("fdAT", struct.pack(">I", 2) + zlib.compress(png_parts(COLOUR[::-1], 8, 2)[1]))
add("png animated", still + second + chunk("IEND", b""), COLOUR)
whole = png_file(COLOUR, 8, 2)
at = whole.index(b"IDAT")
length = struct.unpack(">I", whole[at - 4 : at])[0]
for share in (0.1, 0.5, 0.9):
    cut = at + 4 + int(length * share)
    add(f"png cut off at {share}", whole[:cut], error="IMAGE_DAMAGED")
deep = png_file(DEEP, 16, 0)
add("png 16 bit cut off", deep[: len(deep) - 30], error="IMAGE_DAMAGED")
crc = at + 4 + length
add("png wrong check sum of the pixels", whole[:crc] + bytes(4) + whole[crc + 4 :], error="IMAGE_DAMAGED")
add("png wrong check sum of the header", whole[:29] + bytes(4) + whole[33:], error="IMAGE_DAMAGED")
head, lines = png_parts(COLOUR, 8, 2)
add("png rows missing", SIGNATURE + head + chunk("IDAT", zlib.compress(lines[: len(lines) // 2])) + chunk("IEND", b""), error="IMAGE_DAMAGED")
add("png no pixels", SIGNATURE + head + chunk("IEND", b""), error="IMAGE_DAMAGED")
add("png promises much", SIGNATURE + chunk("IHDR", struct.pack(">IIBBBBB", 14000, 14000, 8, 0, 0, 0, 0)) + chunk("IDAT", zlib.compress(bytes(99))) + chunk("IEND", b""), error="IMAGE_DAMAGED")
add("png palette missing", png_file(RAMP, 8, 3), error="IMAGE_DAMAGED")
add("png 3 bit", SIGNATURE + chunk("IHDR", struct.pack(">IIBBBBB", W, H, 3, 0, 0, 0, 0)) + chunk("IDAT", zlib.compress(lines)) + chunk("IEND", b""), error="IMAGE_DAMAGED")
add("png width 0", SIGNATURE + chunk("IHDR", struct.pack(">IIBBBBB", 0, H, 8, 0, 0, 0, 0)) + chunk("IDAT", zlib.compress(lines)) + chunk("IEND", b""), error="IMAGE_DAMAGED")
flipped = bytearray(whole)
flipped[at + 4 + length // 2] ^= 0x40
add("png a bit of the pixels flipped", bytes(flipped), error="IMAGE_DAMAGED")

# --- WebP


def webp(image, **options):
    out = io.BytesIO()
    Image.fromarray(image).save(out, "webp", **options)
    return out.getvalue()


rgba = np.dstack([COLOUR, ALPHA])
smooth = np.kron(COLOUR, np.ones((4, 4, 1))).astype("u1")
add("webp lossless", webp(COLOUR, lossless=True), COLOUR)
add("webp lossless with alpha", webp(rgba, lossless=True, exact=True), COLOUR)
add("webp lossy", webp(smooth, quality=80))
add("webp lossy with alpha", webp(np.dstack([smooth, np.kron(ALPHA, np.ones((4, 4))).astype("u1")]), quality=80, exact=True))
add("webp lossy of a grey picture", webp(np.kron(RAMP, np.ones((4, 4))).astype("u1"), quality=90))
add("webp with a colour profile", webp(COLOUR, lossless=True, icc_profile=b"not a profile"), COLOUR)
frames = [Image.fromarray(COLOUR), Image.fromarray(COLOUR[::-1].copy())]
out = io.BytesIO()
frames[0].save(out, "webp", save_all=True, append_images=frames[1:], lossless=True, duration=100)
add("webp animated", out.getvalue(), COLOUR)
for name, data in {"lossless": webp(COLOUR, lossless=True), "lossy": webp(smooth, quality=80), "animated": out.getvalue()}.items():
    for share in (0.5, 0.8, 0.95):
        add(f"webp {name}, cut off at {share}", data[: int(len(data) * share)], error="IMAGE_DAMAGED")

FOLDER.mkdir(exist_ok=True)
(FOLDER / "kinds.json").write_text("[\n" + ",\n".join(json.dumps(k) for k in kinds) + "\n]\n")
print(len(kinds), "kinds,", sum(k.get("pillow", False) for k in kinds), "with the pixels of Pillow")
