import { WASM } from './kernel.wasm.ts';

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
    sums: number,
    codes: number,
    scales: number,
    errors: number,
    rows: number,
    width: number,
    count: number,
    parameters: number,
    queries: number,
    counts: number,
    out: number,
    stride: number,
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
}

let compiled: Promise<WebAssembly.Module> | undefined;

/** The compiled module, for `instantiateKernel` here or in a worker thread. */
export function compileKernel(): Promise<WebAssembly.Module> {
  compiled ??= WebAssembly.compile(Buffer.from(WASM, 'base64'));
  return compiled;
}

/** The kernel over a memory. */
export function instantiateKernel(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernel {
  return new WebAssembly.Instance(module, { shard: { memory } }).exports as unknown as Kernel;
}
