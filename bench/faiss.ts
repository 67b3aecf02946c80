import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('.venv/', import.meta.url));
const PYTHON = `${FOLDER}bin/python`;
const SCRIPT = fileURLToPath(new URL('flat_index.py', import.meta.url));

/** Makes the Python environment as far as it is missing; gives the reason when that cannot be done. */
function prepare(): string | undefined {
  const run = (command: string, ...args: string[]) =>
    spawnSync(command, args, { stdio: 'ignore' }).status === 0;
  if (!existsSync(PYTHON) && !run('python3', '-m', 'venv', FOLDER)) return 'no Python';
  if (run(PYTHON, '-c', 'import faiss')) return undefined;
  return run(PYTHON, '-m', 'pip', 'install', 'faiss-cpu==1.15.1', 'numpy')
    ? undefined
    : 'no faiss-cpu';
}

/** faiss's exact flat index in a process of its own. */
export class Faiss {
  private constructor(
    private readonly child: ChildProcess,
    private readonly lines: AsyncIterator<string>,
    /** Version and instruction sets. */
    readonly title: string,
  ) {}

  /**
   * Loads a matrix.
   * @param rows file of 32-bit floats, as is `queries`
   * @returns the reason when there is no faiss
   */
  static async load(rows: string, queries: string, dimension: number): Promise<Faiss | string> {
    const reason = prepare();
    if (reason !== undefined) return reason;
    // Settings of OpenBLAS in the environment would choose other kernels than its own best.
    const { OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...env } = process.env;
    const args = [SCRIPT, rows, queries, String(dimension), String(availableParallelism())];
    const child = spawn(PYTHON, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value, done } = await lines.next();
    return done ? 'faiss does not start' : new Faiss(child, lines, value);
  }

  /** Searches with consecutive queries: the milliseconds it took, and the ids, query after query. */
  async search(
    first: number,
    count: number,
    k: number,
  ): Promise<{ milliseconds: number; ids: number[] }> {
    this.child.stdin?.write(`${first} ${count} ${k}\n`);
    const { value } = await this.lines.next();
    const [milliseconds, ...ids] = (value as string).split(' ').map(Number);
    return { milliseconds: milliseconds as number, ids };
  }

  close(): void {
    this.child.stdin?.end();
  }
}
