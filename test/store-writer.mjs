// Writes rounds into a collection without end, and prints the number of each once it is committed.
import { writeSync } from 'node:fs';
import { CollectionStore } from '../dist/store/collection-store.js';

const store = CollectionStore.open(process.argv[2], { create: true });
const sourceId = store.sources.register('/images');
const encoderId = store.encoders.register({
  name: 'theirs',
  fingerprint: 'theirs',
  dimension: 4,
  definition: '{}',
});
const decoding = { format: 'png', bits: 8, colour: 'gray', orientation: 1, pages: 1 };

function image(path, round, number, renamedFrom) {
  return {
    description: {
      path,
      patient: null,
      study: null,
      series: null,
      labels: [],
      metadata: { round: `${round}` },
    },
    content: { contentHash: `hash-${round}-${number}`, bytes: 1, width: 1, height: 1, decoding },
    embeddings: new Map([
      [encoderId, Float32Array.of(number + 1, Math.sin(round), Math.cos(round), 1)],
    ]),
    renamedFrom,
  };
}

function at(path) {
  const known = store.images.known(sourceId, path);
  return known ? [{ id: known.id, path }] : [];
}

function write(round) {
  store.atomically(() => {
    const [slot, before, earlier] = [round, round - 1, round - 2].map((n) => (n + 32) % 32);
    const fresh = [0, 1, 2, 3].map((number) => image(`${slot}/${number}`, round, number));
    store.writer.write(sourceId, fresh);
    store.writer.remove([...at(`moved/${before}`), ...at(`${earlier}/2`)]);
    const [from] = store.sources.placesOfObject(`hash-${round - 1}-3`);
    if (from) store.writer.write(sourceId, [image(`moved/${before}`, round - 1, 3, from)]);
  });
}

const rounds = store.images.page().map(({ metadata }) => Number(metadata.round));
for (let round = Math.max(0, ...rounds) + 1; ; round++) {
  write(round);
  writeSync(1, `${round}\n`);
}
