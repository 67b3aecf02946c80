// Runs a benchmark and says on standard output how far it is, each time that it is told: a line of JSON with the
// milliseconds since it began. Started by killed-runs.ts, which kills it.
import { writeSync } from 'node:fs';
import { Semblance } from '../../dist/index.js';

const [home, configuration, output] = process.argv.slice(2);
const semblance = await Semblance.open({ home });
const progress = (done, total, { of, unit }) => {
  writeSync(1, `${JSON.stringify({ at: performance.now(), of, unit, done, total })}\n`);
};
const { complete } = await semblance.benchmark.run({ progress }, { configuration, output });
await semblance.close();
if (!complete) process.exitCode = 1;
