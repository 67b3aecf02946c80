import type { SingleWindow, WindowChoice } from '../domain/window.ts';
import { paddingOf, type Rescale, rescaled, rescaleOf, usedBits } from './grey-values.ts';
import type { DicomInstance, StoredFrame } from './instance.ts';
import type { StoredData } from './samples.ts';
import { between, chosenVoi, endsOf, fileVois, greyOf, modalityVoi, type Voi } from './voi.ts';

/** A window that was used. */
interface UsedWindow {
  source: Voi['source'];
  center: number;
  width: number;
  /** `TABLE` for a table of the file. */
  function: 'LINEAR' | 'LINEAR_EXACT' | 'SIGMOID' | 'TABLE';
  /** What the file calls it, or the preset. */
  name: string | undefined;
  /** Pixels that are black or white since their values lie outside. */
  below: number;
  above: number;
}

/** What became of the values of a grey picture. */
export interface GreyRecord {
  /** One, or three that became red, green and blue. */
  windows: UsedWindow[];
  /** Whether another window was used than was asked for: the file has none, or values are no Hounsfield units. */
  replaced: boolean;
  slope: number;
  intercept: number;
  /** Unit of the values, as the file calls it. */
  unit: string | undefined;
  /** Whether a table stands in place of slope and intercept. */
  table: boolean;
  /** Whether low values are white. */
  inverted: boolean;
  /** Pixels that the file marks as no part of the picture; they are black. */
  padding: number;
  /** Pixels that are no number; they are black. */
  notFinite: number;
}

/** Values at either end that a picture without a window may leave out, as a share of its pixels. */
const TAIL = 0.001;

/** Below so many pixels a table of all samples is no gain. */
const SMALL = 10_000;

/** What is needed to see a stored sample. */
interface Values {
  data: StoredData;
  /** The measured value of a stored sample; undefined for one that is no part of the picture. */
  measure: (sample: number) => number | undefined;
}

/** A frame's values, and how its file wants them to be seen. */
export function greyFrame(
  instance: DicomInstance,
  { data, photometric }: StoredFrame,
  index: number,
) {
  const { attributes, pixels } = instance;
  const rescale = rescaleOf(instance, index);
  const used = usedBits(pixels);
  const isPadding = paddingOf(attributes, pixels);
  const measure = (sample: number) => {
    const value = used(sample);
    return isPadding?.(value) ? undefined : rescaled(rescale, value);
  };
  const values: Values = { data, measure };
  const full = pixels.stored <= 8 && !pixels.signed && pixels.number === 'integer';
  const ends = [rescaled(rescale, 0), rescaled(rescale, 2 ** pixels.stored - 1)] as const;
  const fallback = (): Voi => {
    if (full) return between('full', Math.min(...ends), Math.max(...ends));
    return between('range', ...rangeOf(values));
  };
  // What a table of the modality gives is never negative.
  const signed = rescale.table === undefined && (pixels.signed || rescale.intercept < 0);
  const inFile = fileVois(attributes, index, signed);
  /** Where no other is asked for. */
  const usual = (): Voi =>
    inFile[0] ?? (rescale.hounsfield && !full ? modalityVoi(attributes) : fallback());
  const shape = attributes.text('PresentationLUTShape');
  const inverted = shape === undefined ? photometric === 'MONOCHROME1' : shape === 'INVERSE';
  return { values, rescale, inFile, usual, inverted };
}

/** A frame of one sample a pixel in 8 bits. */
export function toGrey(
  instance: DicomInstance,
  frame: StoredFrame,
  index: number,
  choice: WindowChoice,
): { channels: 1 | 3; data: Uint8Array; record: GreyRecord } {
  const { values, rescale, inFile, usual, inverted } = greyFrame(instance, frame, index);
  const { data } = values;
  let padding = 0;
  const { vois, replaced } = chosen(choice, inFile, rescale, usual);
  const channels = vois.length === 3 ? 3 : 1;
  const out = new Uint8Array(data.length * channels);
  let notFinite = 0;
  const windows = vois.map((voi, channel) => {
    const done = apply(values, voi, inverted, { out, channel, channels });
    ({ padding, notFinite } = done);
    const { source, center, width, name, table } = voi;
    const kind = table === undefined ? voi.function : ('TABLE' as const);
    const { below, above } = done;
    return { source, center, width, function: kind, name, below, above };
  });
  const { slope, intercept, type: unit } = rescale;
  const table = rescale.table !== undefined;
  return {
    channels,
    data: out,
    record: { windows, replaced, slope, intercept, unit, table, inverted, padding, notFinite },
  };
}

/** The windows that were asked for, or the usual one in place of what there is not. */
function chosen(
  choice: WindowChoice,
  inFile: readonly Voi[],
  { hounsfield }: Rescale,
  usual: () => Voi,
): { vois: Voi[]; replaced: boolean } {
  if (choice.kind === 'default') return { vois: [usual()], replaced: false };
  const single = (one: SingleWindow) => chosenVoi(one, inFile, hounsfield);
  if (choice.kind === 'channels' && hounsfield) {
    const found = choice.windows.map(single);
    const vois = found.map((voi) => voi ?? usual());
    return { vois, replaced: found.includes(undefined) };
  }
  const found = choice.kind === 'channels' ? undefined : single(choice);
  return { vois: [found ?? usual()], replaced: found === undefined };
}

/** Values between which nearly all of a picture lies. */
function rangeOf({ data, measure }: Values): [low: number, high: number] {
  if (data.BYTES_PER_ELEMENT > 2) {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = 0; i < data.length; i++) {
      const value = measure(data[i] as number);
      if (value === undefined || !Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return low <= high ? [low, high] : [0, 1];
  }
  const counts = new Map<number, number>();
  const bins = histogram(data);
  let total = 0;
  for (let bin = 0; bin < bins.length; bin++) {
    const count = bins[bin] as number;
    if (count === 0) continue;
    const value = measure(sampleOf(bin, data));
    if (value === undefined) continue;
    counts.set(value, (counts.get(value) ?? 0) + count);
    total += count;
  }
  const sorted = [...counts].sort(([a], [b]) => a - b);
  if (sorted.length === 0) return [0, 1];
  const place = (entries: readonly (readonly [number, number])[]) => {
    let before = 0;
    for (const [value, count] of entries) {
      before += count;
      if (before > total * TAIL) return value;
    }
    return (entries[0] as readonly [number, number])[0];
  };
  return [place(sorted), place([...sorted].reverse())];
}

/** The greys of all samples by their bits; among the closures of `apply` this loop is compiled worse. */
function putAll(data: StoredData, greys: Uint8Array, { out, channel, channels }: Target): void {
  for (let i = 0, at = channel; i < data.length; i++, at += channels) {
    out[at] = greys[(data[i] as number) & 0xffff] as number;
  }
}

/** How often each sample of 16 bits comes, by its bits. */
function histogram(data: StoredData): Uint32Array {
  const bins = new Uint32Array(65_536);
  for (let i = 0; i < data.length; i++) {
    const bin = (data[i] as number) & 0xffff;
    bins[bin] = (bins[bin] as number) + 1;
  }
  return bins;
}

/** The sample of a bin. */
function sampleOf(bin: number, data: StoredData): number {
  return data instanceof Int16Array || data instanceof Int8Array ? (bin << 16) >> 16 : bin;
}

/** Where the greys of a window go. */
interface Target {
  out: Uint8Array;
  channel: number;
  channels: number;
}

/** What a stored sample becomes: a grey, and whether it lies outside of the window. */
const PADDING = 1;
const NOT_FINITE = 2;
const BELOW = 3;
const ABOVE = 4;

/** Shows values in a window. */
function apply({ data, measure }: Values, voi: Voi, inverted: boolean, target: Target) {
  const grey = greyOf(voi);
  const [low, high] = endsOf(voi);
  const counts = new Uint32Array(5);
  const show = (sample: number): number => {
    const value = measure(sample);
    if (value === undefined) return PADDING << 8;
    if (!Number.isFinite(value)) return NOT_FINITE << 8;
    const shade = inverted ? 1 - grey(value) : grey(value);
    const place = value < low ? BELOW : value > high ? ABOVE : 0;
    return (place << 8) | Math.round(shade * 255);
  };
  const { out, channel, channels } = target;
  const put = (i: number, seen: number) => {
    out[i * channels + channel] = seen & 255;
    count(counts, seen >> 8);
  };
  if (data.BYTES_PER_ELEMENT > 2 || data.length < SMALL) {
    for (let i = 0; i < data.length; i++) put(i, show(data[i] as number));
  } else {
    // Of 65,536 possible samples, each that there is is computed once.
    const greys = new Uint8Array(65_536);
    const bins = histogram(data);
    for (let bin = 0; bin < bins.length; bin++) {
      const pixels = bins[bin] as number;
      if (pixels === 0) continue;
      const seen = show(sampleOf(bin, data));
      greys[bin] = seen & 255;
      counts[seen >> 8] = (counts[seen >> 8] as number) + pixels;
    }
    putAll(data, greys, target);
  }
  return {
    padding: counts[PADDING] as number,
    notFinite: counts[NOT_FINITE] as number,
    below: counts[BELOW] as number,
    above: counts[ABOVE] as number,
  };
}

function count(counts: Uint32Array, at: number): void {
  counts[at] = (counts[at] as number) + 1;
}
