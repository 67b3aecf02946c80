import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

/** The built command. */
export const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

/** What a run of the command printed, and how it ended. */
export interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Starts the built command. */
export function start(args: readonly string[], options: { uid?: number } = {}): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
}

/** Starts the built command, and follows the lines that it prints as JSON. */
export function following<T>(args: readonly string[]) {
  const child = start(args);
  const told: T[] = [];
  let text = '';
  child.stdout?.on('data', (data) => {
    const lines = `${text}${data}`.split('\n');
    text = lines.pop() ?? '';
    told.push(...lines.map((line) => JSON.parse(line)));
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, told, ended };
}

/** Runs the built command to its end. */
export async function run(args: readonly string[], options: { uid?: number } = {}): Promise<Run> {
  const child = start(args, options);
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (data) => {
    output.stdout += data;
  });
  child.stderr?.on('data', (data) => {
    output.stderr += data;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, ...output };
}

/** Starts a server command and waits for its address; on any free port unless one is given. */
export async function startServing(args: readonly string[], port = '0') {
  const child = start([...args, '--port', port, '--json']);
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (data) => {
      text += data;
      if (text.includes('\n')) resolve(JSON.parse(text).url);
    });
    child.on('close', (code) => reject(new Error(`The server ended with ${code}: ${text}`)));
  });
  const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') => {
    child.kill(signal);
    return new Promise<number | null>((resolve) => child.on('close', resolve));
  };
  return { url, pid: child.pid as number, child, stop };
}

/** A folder of its own for a test. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'semblance-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Writes a small square picture whose look depends on its number. */
export async function writePicture(file: string, number: number, side = 48): Promise<void> {
  const data = Uint8Array.from({ length: side * side }, (_, i) => {
    const x = ((i % side) * 48) / side;
    const y = (Math.floor(i / side) * 48) / side;
    return 128 + 100 * Math.sin((x * (1 + (number % 7)) + y * (number % 5)) / 9 + number);
  });
  await sharp(data, { raw: { width: side, height: side, channels: 1 } })
    .png()
    .toFile(file);
}
