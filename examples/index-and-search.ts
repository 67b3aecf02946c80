// A folder of pictures, indexed and searched: node index-and-search.js <folder> <picture> <home>
import { readFile } from 'node:fs/promises';
import { Semblance } from 'semblance';

const [folder = '.', picture = '', home] = process.argv.slice(2);

const semblance = await Semblance.open({ home });
try {
  const { added, failures } = await semblance.indexing.index(
    { progress: (done, total, { unit }) => console.error(`${done} of ${total ?? '?'} ${unit}`) },
    { collection: 'pictures', path: folder },
  );
  console.log(`${added} images, ${failures.length} that cannot be read`);
  const { neighbours, candidates } = await semblance.search.search(
    { signal: AbortSignal.timeout(60_000) },
    { collection: 'pictures', parts: [{ file: 0 }], files: [await readFile(picture)], k: 3 },
  );
  console.log(`${candidates} compared`);
  for (const { rank, similarity, image } of neighbours) {
    console.log(`${rank}. ${image.path} ${similarity.toFixed(3)}`);
  }
} finally {
  await semblance.close();
}
