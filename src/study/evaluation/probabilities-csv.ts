import { stringify } from 'csv-stringify/sync';
import { writeWholeAwaiting } from '../../files/write-file.ts';
import { float32Text } from './float32-text.ts';

/**
 * Writes the study's `linear_probing_results.csv`: `query` and the classes, then the path of each test image and its
 * probabilities, as the published code writes them. Only a batch of them is in memory.
 * @param labels names of the classes
 * @param queries paths of the images
 * @param batches probabilities in the order of the images, images x classes each
 * @param progress is told the images that are written
 * @throws SemblanceError DISK_FULL, PATH_NOT_FOUND, PATH_NOT_READABLE, and what `batches` throws
 */
export async function writeProbabilitiesCsv(
  file: string,
  labels: readonly string[],
  queries: readonly string[],
  batches: AsyncIterable<Float32Array>,
  progress?: (done: number, total: number) => void,
): Promise<void> {
  const width = labels.length;
  await writeWholeAwaiting(file, async (sink) => {
    sink(stringify([['query', ...labels]]));
    let done = 0;
    for await (const batch of batches) {
      const images = queries.slice(done, done + batch.length / width);
      const lines = images.map((query, i) => {
        const own = batch.subarray(i * width, (i + 1) * width);
        // Numbers need no quotes, and the library takes longer to see that than to make them.
        return `${stringify([[query]]).slice(0, -1)},${Array.from(own, float32Text).join(',')}\n`;
      });
      sink(lines.join(''));
      done += images.length;
      progress?.(done, queries.length);
    }
  });
}
