// A worker that ends at once, as by a defect of a decoder, when it reads a file of this name.
import { ImageProcessor } from '../dist/indexing/image-processor.js';
import { runWorker } from '../dist/indexing/worker.js';
import { CollectionStore } from '../dist/store/collection-store.js';

const [file, owner] = process.argv.slice(2);
const { prepare } = ImageProcessor.prototype;
ImageProcessor.prototype.prepare = function (image) {
  if (image.description.path === 'poison.png') process.kill(process.pid, 'SIGKILL');
  return prepare.call(this, image);
};
const store = CollectionStore.open(file);
await runWorker(store, { owner, lease: 30_000, threads: 1 });
store.close();
