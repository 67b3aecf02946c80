// Works on a collection of made-up embeddings without end, as told by the first argument: "write" changes it and
// prints the last number that it used; "search" searches, so that the kept index is merged and saved, and prints how
// many answers were right; "once" prints one answer's mistakes and ends.
import { writeSync } from 'node:fs';
import { setImmediate as pause, setTimeout as sleep } from 'node:timers/promises';
import { EncoderSpace } from '../dist/search/encoder-space.js';
import { CollectionStore } from '../dist/store/collection-store.js';

const [role, file, dimensionText, rowsText] = process.argv.slice(2);
const dimension = Number(dimensionText);
const store = CollectionStore.open(file, { create: true });
const say = (text) => writeSync(1, `${text}\n`);

/** The embedding of a number. */
function vectorOf(number) {
  const vector = new Float32Array(dimension);
  let state = (number + 1) * 0x9e3779b9;
  for (let i = 0; i < dimension; i++) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + i;
    state = Math.imul(state ^ (state >>> 13), 0x297a2d39);
    vector[i] = (state | 0) / 2 ** 31;
  }
  return vector;
}

function encoder() {
  const definition = JSON.stringify({ name: 'e', model: { imported: true, file: '' } });
  const id = store.encoders.register({ name: 'e', fingerprint: 'e', dimension, definition });
  return store.encoders.list().find((each) => each.id === id);
}

async function write() {
  const { id } = encoder();
  const sourceId = store.sources.register('/images');
  let next = 0;
  const add = (count) =>
    store.writer.write(
      sourceId,
      Array.from({ length: count }, () => {
        const number = next++;
        const description = { path: `${number}`, patient: null, study: null, series: null };
        return {
          description: { ...description, labels: [], metadata: {} },
          embeddings: new Map([[id, vectorOf(number)]]),
        };
      }),
    );
  add(Number(rowsText));
  say(next);
  for (let round = 0; ; round++) {
    const images = store.embeddings.imageIds(id);
    const [gone, other] = [7919 * round, 104_729 * round].map((n) => images[n % images.length]);
    store.atomically(() => {
      add(3);
      store.embeddings.write(id, [[other, vectorOf(next++)]]);
      if (round % 8 === 0) store.writer.remove([store.images.get(gone)]);
    });
    say(next);
    await sleep(100);
  }
}

/** What is wrong with the neighbours that an index gives, by all embeddings one by one. */
async function mistakes(space, number) {
  return store.snapshot(async (state) => {
    const query = vectorOf(number);
    const { neighbours } = await space.withIndex(state, (index) => index.search([query], 20));
    const length = (v) => Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
    const all = [];
    for (const [id, vector] of state.embeddings.each(space.encoder.id)) {
      let dot = 0;
      for (let i = 0; i < dimension; i++) dot += query[i] * vector[i];
      all.push({ id, similarity: dot / length(query) / length(vector) });
      // Merging goes on meanwhile.
      if (all.length % 50 === 0) await pause();
    }
    all.sort((a, b) => b.similarity - a.similarity || a.id - b.id);
    return neighbours[0].filter(
      ({ id, similarity }, i) =>
        id !== all[i].id || Math.abs(similarity - all[i].similarity) > 1e-12,
    ).length;
  });
}

if (role === 'write') await write();
const space = new EncoderSpace(encoder());
if (role === 'once') {
  say(await mistakes(space, 1));
  await space.release();
  store.close();
} else {
  for (let n = 0; ; n++) {
    const wrong = await mistakes(space, n % 50);
    say(wrong === 0 ? n + 1 : `wrong ${wrong}`);
    await sleep(100);
  }
}
