import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ort, silenceTelemetry } from './ort.ts';

/** Where onnxruntime can run a graph, by its names of execution providers. */
export const PROVIDERS = ['cpu', 'cuda', 'coreml', 'dml', 'webgpu'] as const;
export type Provider = (typeof PROVIDERS)[number];

/** Longest time that a device may take to answer. */
const PROBE_MS = 60_000;

let chosen: Provider = 'cpu';
let usable: Promise<Provider> | undefined;

/** Sets where encoders of this process run, before the first of them is loaded. */
export function chooseProvider(provider: Provider): void {
  chosen = provider;
  usable = undefined;
}

/** The chosen provider if this machine has it; else the processor, said once in one line. */
export function encoderProvider(): Promise<Provider> {
  usable ??= isUsable(chosen).then((works) => {
    if (works) return chosen;
    process.stderr.write(`Provider "${chosen}" cannot be used on this machine: cpu is used.\n`);
    return 'cpu';
  });
  return usable;
}

/**
 * Runs a small graph in a process of its own: a driver that is absent or broken writes its own lines, and
 * may end the process.
 */
async function isUsable(provider: Provider): Promise<boolean> {
  if (provider === 'cpu') return true;
  if (
    !ort()
      .listSupportedBackends()
      .some(({ name }) => name === provider)
  )
    return false;
  const { GraphBuilder } = await import('./onnx/graph-builder.ts');
  const g = new GraphBuilder('probe');
  g.node('Add', [g.input('x', 'float', [1]), g.floats([1], [1])], {}, { output: 'y' });
  g.output('y', 'float', [1]);
  const model = Buffer.from(g.build()).toString('base64');
  const script = `
    const ort = await import(${JSON.stringify(import.meta.resolve('onnxruntime-node'))});
    const model = Buffer.from('${model}', 'base64');
    const session = await ort.default.InferenceSession.create(model, { executionProviders: ['${provider}'] });
    const x = new ort.default.Tensor('float32', [1], [1]);
    if ((await session.run({ x })).y.data[0] !== 2) process.exit(1);
    process.exit(0);`;
  silenceTelemetry();
  try {
    const args = ['--input-type=module', '-e', script];
    await promisify(execFile)(process.execPath, args, { timeout: PROBE_MS });
    return true;
  } catch {
    return false;
  }
}
