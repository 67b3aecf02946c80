import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Logger } from '../domain/logger.ts';
import { ort, silenceTelemetry } from './ort.ts';

/** Where onnxruntime can run a graph, by its names of execution providers. */
export const PROVIDERS = ['cpu', 'cuda', 'coreml', 'dml', 'webgpu'] as const;
export type Provider = (typeof PROVIDERS)[number];

/** Longest time that a device may take to answer. */
const PROBE_MS = 60_000;

/** Tells the provider that graphs run with; it is tried when it is first asked for. */
export type ProviderChoice = () => Promise<Provider>;

/** What this machine was found to have; a driver does not come while a program runs. */
const tried = new Map<Provider, Promise<boolean>>();

/**
 * The wanted provider if this machine has it; else the processor.
 * @param logger is told once, in one line, that the processor is used instead
 */
export function chooseProvider(wanted: Provider, logger: Logger): ProviderChoice {
  let choice: Promise<Provider> | undefined;
  return () => {
    choice ??= isUsable(wanted).then((works) => {
      if (works) return wanted;
      logger.warn(`Provider "${wanted}" cannot be used on this machine: cpu is used.`);
      return 'cpu';
    });
    return choice;
  };
}

function isUsable(provider: Provider): Promise<boolean> {
  const works = tried.get(provider) ?? tryProvider(provider);
  tried.set(provider, works);
  return works;
}

/**
 * Runs a small graph in a process of its own: a driver that is absent or broken writes its own lines, and
 * may end the process.
 */
async function tryProvider(provider: Provider): Promise<boolean> {
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
