// Embeddings of an encoder of your own, searched: node your-own-encoder.js <folder of PNG files> <home>
import { readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Semblance } from 'semblance';
import sharp from 'sharp';

const [pictures = '.', home] = process.argv.slice(2);

/** The encoder: a picture of 8 x 8 grey values, without their mean. */
async function encode(file: string): Promise<number[]> {
  const values = [
    ...(await sharp(file).resize(8, 8, { fit: 'fill' }).greyscale().raw().toBuffer()),
  ];
  const mean = values.reduce((a, b) => a + b) / values.length;
  return values.map((value) => value - mean);
}

const names = (await readdir(pictures)).filter((name) => name.endsWith('.png')).sort();
const rows: string[] = [];
for (const name of names) {
  const embedding = await encode(join(pictures, name));
  rows.push([name, ...embedding].join(','));
}
const header = ['filepath', ...Array.from({ length: 64 }, (_, i) => `feature_${i}`)].join(',');
const embeddings = resolve(pictures, 'embeddings.csv');
await writeFile(embeddings, `${[header, ...rows].join('\n')}\n`);
const dataset = resolve(pictures, 'dataset.csv');
await writeFile(dataset, `${['filepath', ...names].join('\n')}\n`);

const semblance = await Semblance.open({ home });
try {
  const imported = await semblance.exchange.import(
    { progress: (done, total, { unit }) => console.error(`${done} of ${total} ${unit}`) },
    { collection: 'own', encoder: 'my-encoder', files: [embeddings], csv: [dataset] },
  );
  console.log(`${imported.imported} images`);
  const { neighbours } = await semblance.search.search(
    {},
    { collection: 'own', parts: [{ image: 1 }], k: 3 },
  );
  for (const { rank, similarity, image } of neighbours) {
    console.log(`${rank}. ${image.path} ${similarity.toFixed(3)}`);
  }
} finally {
  await semblance.close();
}
