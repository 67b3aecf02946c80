// Copies, renames or removes the collection "chest", and is killed at the given call by which it changes something on
// the disk: `node collection-changer.mjs <home> <what> <number of the call>`.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [home, what, at] = process.argv.slice(2);
let calls = 0;
for (const name of [
  'mkdirSync',
  'writeFileSync',
  'renameSync',
  'linkSync',
  'rmSync',
  'fsyncSync',
]) {
  const real = fs[name];
  fs[name] = (...given) => {
    calls += 1;
    if (calls === Number(at)) process.kill(process.pid, 'SIGKILL');
    return real(...given);
  };
}
syncBuiltinESMExports();
const { CollectionFiles } = await import('../dist/store/collection-files.js');
const { DataDirectory } = await import('../dist/store/data-directory.js');

const files = new CollectionFiles(new DataDirectory(home));
const task = { id: 7, created: 1 };
if (what === 'remove') await files.remove('chest', () => undefined, task);
else await files[what]('chest', 'x', { task });
