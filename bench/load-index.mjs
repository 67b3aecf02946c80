// Reads a kept index with the built program in this process, and prints the time that it took and its memory as
// multiples of the vectors': node bench/load-index.mjs FILE DIMENSION K
import { FlatIndex } from '../dist/index/memory/flat-index.js';

const [path, dimension, k] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const before = process.memoryUsage().rss;
const start = performance.now();
const loaded = await FlatIndex.load(path, () => true);
if (loaded === undefined) throw new Error('The index cannot be read.');
const { index } = loaded;
const seconds = (performance.now() - start) / 1000;
await index.search([new Float32Array(dimension).fill(1)], k);
const times = (bytes) => ((bytes - before) / (index.size * dimension * 4)).toFixed(2);
const now = times(process.memoryUsage().rss);
const most = times(process.resourceUsage().maxRSS * 1024);
console.log(`read in ${seconds.toFixed(1)} s, memory ${now} (at most ${most}) times the vectors`);
await index.release();
