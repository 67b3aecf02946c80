import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { killWhen, MOMENTS, resultsOf } from './kill.ts';
import type { Place } from './steps.ts';

const RUN = fileURLToPath(new URL('told-run.mjs', import.meta.url));

/** How far a run has said that it is, after so many milliseconds. */
interface Told {
  at: number;
  of: string;
  unit: string;
  done: number;
  total: number;
}

/** A run, with what it has told so far. */
function begin(place: Place, configuration: string, output: string) {
  const child = spawn(process.execPath, [RUN, place.home, configuration, output], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const told: Told[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    // The last line of a killed run may be cut off.
    if (line.endsWith('}')) told.push(JSON.parse(line));
  });
  return { child, told, read: once(lines, 'close') };
}

const isPast = (told: readonly Told[], { of, unit, done }: Told) =>
  told.some((one) => one.of === of && one.unit === unit && one.done >= done);

/**
 * What of a step a run did again that was killed in it: from where it went on to where it was killed.
 * @returns share of the step, and the seconds until it was there again
 */
function repeated({ of, unit, done, total }: Told, next: readonly Told[]) {
  const own = next.filter((one) => one.of === of && one.unit === unit);
  const [first] = own;
  const again = own.find((one) => one.done >= done);
  if (first === undefined || again === undefined) return { share: 0, seconds: 0 };
  return {
    share: Math.max(0, done - first.done) / Math.max(1, total),
    seconds: (again.at - first.at) / 1000,
  };
}

/** Prints where a run was killed, and what the next one repeated. */
function tell(kill: number, killedAt: Told, next: readonly Told[]): void {
  const { share, seconds } = repeated(killedAt, next);
  const { at, of, done, total, unit } = killedAt;
  row([
    ...[`${kill}`, (at / 1000).toFixed(1), of, `${Math.round(done)} of ${Math.round(total)}`, unit],
    ...[`${(100 * share).toFixed(1)} %`, seconds.toFixed(1)],
  ]);
}

const row = (cells: readonly string[]) => console.log(`| ${cells.join(' | ')} |`);

/**
 * Kills a benchmark at ten moments, spread evenly over the time that an undisturbed one takes, each time going on
 * with what the killed one has kept; prints what was repeated, and whether the results are the same to the byte.
 * @returns whether they are
 */
export async function killedRuns(place: Place): Promise<boolean> {
  const at = (name: string) => join(place.benchmarks, name);
  for (const folder of ['whole', 'killed']) rmSync(at(folder), { recursive: true, force: true });
  const start = (output: string) => begin(place, at('killed.json'), at(output));
  const finish = async ({ child, read }: ReturnType<typeof start>) => {
    const [code] = await once(child, 'close');
    await read;
    if (code !== 0) throw new Error(`The run ended with exit code ${code}.`);
  };

  const whole = start('whole');
  await finish(whole);
  const [first, last] = [whole.told[0], whole.told.at(-1)] as [Told, Told];
  console.log(`Undisturbed: ${((last.at - first.at) / 1000).toFixed(1)} s.`);
  row(['kill', 'second', 'step', 'done', 'unit', 'repeated', 'seconds until there again']);
  row(Array(7).fill('---'));
  const moments = Array.from({ length: MOMENTS }, (_, i) => {
    const when = first.at + ((i + 1) * (last.at - first.at)) / (MOMENTS + 1);
    return whole.told.findLast((one) => one.at <= when) as Told;
  });
  let before: Told | undefined;
  for (const [i, moment] of moments.entries()) {
    const run = start('killed');
    const signal = await killWhen(run.child, () => isPast(run.told, moment));
    await run.read;
    if (signal !== 'SIGKILL') throw new Error('The run ended before it was killed.');
    if (before !== undefined) tell(i, before, run.told);
    before = run.told.at(-1);
  }
  const end = start('killed');
  await finish(end);
  if (before !== undefined) tell(MOMENTS, before, end.told);
  const [undisturbed, resumed] = [resultsOf(at('whole')), resultsOf(at('killed'))];
  const other = [...undisturbed].filter(([file, text]) => resumed.get(file) !== text);
  const same = other.length === 0 && undisturbed.size === resumed.size;
  console.log(
    same
      ? `All ${undisturbed.size} files of results are the same to the byte.`
      : `Other results: ${other.map(([file]) => file).join(', ')}.`,
  );
  return same;
}
