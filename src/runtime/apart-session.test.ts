import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, expect, it } from 'vitest';
import { ApartSession } from './apart-session.ts';
import { GraphBuilder } from './onnx/graph-builder.ts';
import { Session } from './session.ts';

const SIDE = 512;

/** Many products of matrices one after the other: a second or so of one thread. */
function slowGraph(): Uint8Array {
  const g = new GraphBuilder('slow');
  const x = g.input('x', 'float', [SIDE, SIDE]);
  const last = Array.from({ length: 100 }).reduce<string>(
    (product) => g.node('Tanh', [g.node('Gemm', [product, x], { alpha: 1 / SIDE })]),
    x,
  );
  g.node('Mul', [last, x], {}, { output: 'y' });
  g.output('y', 'float', [SIDE, SIDE]);
  return g.build();
}

const all = Float32Array.from({ length: 2 * SIDE * SIDE }, (_, i) => Math.sin(i));
// A part of a larger array, of which nothing else is sent.
const x = { dims: [SIDE, SIDE], data: all.subarray(SIDE * SIDE) };
const apart = await ApartSession.load(slowGraph(), { threads: 1 });
afterAll(() => apart.release());

it('gives what a session of this thread gives, and leaves the input as it is', async () => {
  const here = await Session.load(slowGraph(), { threads: 1 });
  const bytes = (data: unknown) => Buffer.from((data as Float32Array).slice().buffer);
  const before = bytes(all);
  const wanted = await here.run({ x });
  const found = await apart.run({ x });
  expect(apart.inputNames).toEqual(here.inputNames);
  expect(apart.outputNames).toEqual(here.outputNames);
  expect(found.y?.dims).toEqual(wanted.y?.dims);
  expect(bytes(found.y?.data).equals(bytes(wanted.y?.data))).toBe(true);
  expect(bytes(all).equals(before)).toBe(true);
  await here.release();
});

it('lets this thread work while it runs', async () => {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const start = performance.now();
  delay.enable();
  await apart.run({ x });
  delay.disable();
  const took = performance.now() - start;
  expect(took).toBeGreaterThan(50);
  expect(delay.max / 1e6).toBeLessThan(took / 2);
});

it('says why a graph cannot be loaded or run', async () => {
  await expect(ApartSession.load(Uint8Array.of(1, 2, 3))).rejects.toThrow(/protobuf|load/i);
  const wrong = { dims: [1, 1], data: Float32Array.of(1) };
  await expect(apart.run({ x: wrong })).rejects.toThrow(/dimension/i);
  await expect(apart.run({})).rejects.toThrow(/input/i);
  // It goes on after it.
  expect((await apart.run({ x })).y?.dims).toEqual([SIDE, SIDE]);
});

it('ends what is under way before it is freed', async () => {
  const other = await ApartSession.load(slowGraph(), { threads: 1 });
  const run = other.run({ x });
  await other.release();
  expect((await run).y?.dims).toEqual([SIDE, SIDE]);
  await expect(other.run({ x })).rejects.toThrow('ended');
});
