// Recall and false alarms of the detector of burned-in text, and what it costs:
//   npm run bench:burned-in [-- --radiology <folder> --step <n> --part phantoms|ultrasound|alarms]
// Strings are drawn with DejaVu and Liberation over phantoms and over ultrasound pictures, by the height of capital
// letters. found: the mask covers some of the string's pixels; covered: all of them, after the mask was looked
// through again as well. False alarms are pictures of which nobody drew anything on: phantoms, MR and CT have no
// text; ultrasound and chest radiographs have their own, so that what is found there is no measure of errors.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Region } from '../src/domain/region.ts';
import { lookForText } from '../src/encoding/burned-in/look-for-text.ts';
import { TextDetector } from '../src/encoding/burned-in/text-detector.ts';
import { decodeImage } from '../src/images/decode.ts';
import { drawPhantoms, encodePng } from '../src/images/phantoms/phantoms.ts';
import type { Pixels } from '../src/images/pixels.ts';
import { drawText, hasFonts } from '../src/testing/drawn-text.ts';

const { values } = parseArgs({
  options: {
    radiology: { type: 'string', default: '../shared/radiology' },
    step: { type: 'string', default: '20' },
    part: { type: 'string' },
  },
});
const HEIGHTS = [6, 8, 10, 12, 16, 24, 32];
const STRINGS = [
  ...['MUELLER^ANNA', 'Smith, John', 'ID 4711-0815', '1961-02-03', 'DOB 03.02.1961', 'Acc 88213'],
  ...['12:34:56', 'F 058Y', 'St. Mary Hospital', 'GARCIA LOPEZ M'],
];
const FONTS = ['DejaVu Sans', 'Liberation Sans', 'DejaVu Sans Mono', 'Liberation Mono'];

const detector = await TextDetector.load(1);

async function phantoms(each: number): Promise<Pixels[]> {
  const pictures: Pixels[] = [];
  for (const phantom of drawPhantoms(each, 1)) {
    pictures.push(await decodeImage(await encodePng(phantom)));
  }
  return pictures;
}

/** Every n-th picture of a data set of the folder. */
async function real(dataset: string, step = Number(values.step)): Promise<Pixels[]> {
  const table = join(values.radiology, 'dataset.csv');
  if (!existsSync(table)) return [];
  const rows = readFileSync(table, 'utf8')
    .split('\n')
    .map((line) => line.split(','))
    .filter(([, name]) => name === dataset)
    .filter((_, i) => i % step === 0);
  return Promise.all(
    rows.map(([path = '']) => decodeImage(readFileSync(join(values.radiology, path)))),
  );
}

function share(boxes: readonly Region[], { width }: Pixels, ink: readonly number[]): number {
  const covered = ink.filter((at) => {
    const [x, y] = [at % width, Math.floor(at / width)];
    return boxes.some(
      (box) => x >= box.x && y >= box.y && x < box.x + box.width && y < box.y + box.height,
    );
  });
  return covered.length / ink.length;
}

async function recall(name: string, pictures: readonly Pixels[]): Promise<void> {
  for (const height of HEIGHTS) {
    let [drawn, found, once, covered, remains] = [0, 0, 0, 0, 0];
    for (const [i, picture] of pictures.entries()) {
      const made = await drawText(picture, {
        text: STRINGS[i % STRINGS.length] as string,
        font: FONTS[i % FONTS.length] as string,
        height,
        place: i,
      });
      if (made === undefined) continue;
      drawn += 1;
      const first = share(await detector.find(made.picture), picture, made.ink);
      if (first > 0) found += 1;
      if (first === 1) once += 1;
      try {
        const { mask } = await lookForText(made.picture, 'mask', {}, async () => detector);
        if (share(mask, picture, made.ink) === 1) covered += 1;
      } catch {
        remains += 1;
      }
    }
    console.log(
      `${name.padEnd(12)} ${String(height).padStart(2)} px: ${drawn} drawn, ${found} found, ` +
        `${once} covered at once, ${covered} after the second look, ${remains} left out`,
    );
  }
}

async function alarms(name: string, pictures: readonly Pixels[]): Promise<void> {
  if (pictures.length === 0) return;
  let flagged = 0;
  const cpu = process.cpuUsage().user;
  for (const picture of pictures) if ((await detector.find(picture)).length > 0) flagged += 1;
  const seconds = (process.cpuUsage().user - cpu) / 1e6 / pictures.length;
  console.log(
    `${name}: ${flagged} of ${pictures.length} flagged; ${seconds.toFixed(2)} s of one core each`,
  );
}

if (!(await hasFonts())) {
  console.log('No fonts on this machine: nothing can be drawn.');
  process.exit(1);
}
const ultrasound = await real('thyroid-us-tirads');
const isChosen = (part: string) => values.part === undefined || values.part === part;
if (isChosen('phantoms')) await recall('phantoms', await phantoms(4));
if (isChosen('ultrasound')) await recall('ultrasound', ultrasound);
if (isChosen('alarms')) {
  await alarms('phantoms', await phantoms(10));
  await alarms('MR of brains', await real('brain-tumor-mri'));
  await alarms('CT of lungs', await real('iqothnccd-lung-ct'));
  await alarms('ultrasound of breasts (some with text)', await real('busi'));
  await alarms('ultrasound of thyroids (most with text)', ultrasound);
  await alarms('chest radiographs (most with a letter)', await real('kermany-chest-xray'));
}
await detector.release();
