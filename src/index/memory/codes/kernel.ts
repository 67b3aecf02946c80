import { setFlagsFromString } from 'node:v8';
import { randomFrom } from '../../../domain/random.ts';
import { WASM } from './kernel.wasm.ts';
import { WASM as ROUGH } from './rough.wasm.ts';

/** So much two neighbouring numbers of a query may be together for `RoughKernel`: 128 x 255 < 2^15. */
export const PAIR_SUM = 128;

/** What the module of `kernel.wat` exports; addresses and strides in bytes. */
export interface Kernel {
  gather(
    list: number,
    rows: number,
    width: number,
    codes: number,
    scales: number,
    errors: number,
    toCodes: number,
    toScales: number,
    toErrors: number,
  ): void;
  scan(
    codes: number,
    scales: number,
    errors: number,
    rows: number,
    width: number,
    query: number,
    offset: number,
    factor: number,
    floor: number,
    out: number,
  ): number;
  select(
    first: number,
    sums: number,
    scales: number,
    rows: number,
    count: number,
    limits: number,
    least: number,
    per: number,
    counts: number,
    out: number,
    stride: number,
  ): void;
  classify(
    scales: number,
    errors: number,
    rows: number,
    least: number,
    per: number,
    classes: number,
  ): void;
  limit(classes: number, count: number, parameters: number, limits: number): void;
  best_of(
    sums: number,
    scales: number,
    rows: number,
    count: number,
    parameters: number,
    best: number,
    worst: number,
    scores: number,
    places: number,
  ): void;
  scan_sketched(
    few: number,
    traits: number,
    count: number,
    components: number,
    fewOffset: number,
    fewFactor: number,
    inner: number,
    outer: number,
    common: number,
    fewFloor: number,
    ...scan: Parameters<Kernel['scan']>
  ): number;
  select_sketched(
    first: number,
    sums: number,
    traits: number,
    rows: number,
    count: number,
    parameters: number,
    counts: number,
    out: number,
    stride: number,
  ): number;
  refine(
    codes: number,
    scales: number,
    errors: number,
    width: number,
    query: number,
    offset: number,
    factor: number,
    floor: number,
    list: number,
    count: number,
  ): number;
  refine_all(
    codes: number,
    scales: number,
    errors: number,
    width: number,
    queries: number,
    count: number,
    parameters: number,
    stored: number,
    before: number,
    counts: number,
    out: number,
    stride: number,
  ): void;
}

/** What the module of `rough.wat` exports. */
export type RoughKernel = Pick<Kernel, 'scan'>;

/** Compiled modules, for `instantiateKernel` here or in a worker thread. */
export interface KernelModules {
  kernel: WebAssembly.Module;
  /** Where the runtime and the processor are fit for it. */
  rough: WebAssembly.Module | undefined;
}

let compiled: Promise<KernelModules> | undefined;

export function compileKernels(): Promise<KernelModules> {
  compiled ??= Promise.all([
    WebAssembly.compile(Buffer.from(WASM, 'base64')),
    compileRough(Uint8Array.from(Buffer.from(ROUGH, 'base64'))),
  ]).then(([kernel, rough]) => ({ kernel, rough }));
  return compiled;
}

async function compileRough(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<WebAssembly.Module | undefined> {
  // V8 11.3, of Node 20, has these instructions as later ones do, but switched off.
  if (process.versions.v8.startsWith('11.3.')) {
    setFlagsFromString('--experimental-wasm-relaxed-simd');
  }
  const module = await WebAssembly.compile(bytes).catch(() => undefined);
  return module && isExact(module) ? module : undefined;
}

/** Whether products of the largest numbers are right here: an instruction may take codes for signed, or cut sums off. */
function isExact(module: WebAssembly.Module): boolean {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { scan } = instantiateKernel<RoughKernel>(module, memory);
  const width = 80;
  const [codesAt, scalesAt, errorsAt, outAt] = [width, 2 * width, 2 * width + 4, 2 * width + 8];
  const query = new Int8Array(memory.buffer, 0, width);
  const codes = new Uint8Array(memory.buffer, codesAt, width);
  new Float32Array(memory.buffer, scalesAt, 1)[0] = 1;
  const random = randomFrom(1);
  for (let turn = 0; turn < 64; turn++) {
    const sign = turn % 2 === 0 ? 1 : -1;
    for (let i = 0; i < width; i += 2) {
      const first = turn < 4 ? 64 * (turn >> 1) : Math.floor(random() * PAIR_SUM);
      query[i] = sign * first;
      query[i + 1] = sign * Math.min(127, PAIR_SUM - first);
      codes[i] = turn < 8 ? 255 : Math.floor(random() * 256);
      codes[i + 1] = turn < 8 ? 255 : Math.floor(random() * 256);
    }
    scan(codesAt, scalesAt, errorsAt, 1, width, 0, 0, 1, Number.NEGATIVE_INFINITY, outAt);
    const expected = query.reduce((sum, number, i) => sum + number * (codes[i] as number), 0);
    if (new Float32Array(memory.buffer, outAt + 4, 1)[0] !== expected) return false;
  }
  return true;
}

/** A kernel over a memory. */
export function instantiateKernel<Exports>(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): Exports {
  return new WebAssembly.Instance(module, { shard: { memory } }).exports as Exports;
}
