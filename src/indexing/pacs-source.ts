import { isAddress } from '../files/place-of.ts';
import type { ImageDescription } from '../store/records.ts';
import type { Source, SourceOptions } from './source.ts';

/**
 * Lists the instances of a PACS that a query finds.
 * @param address `dicomweb+https://host/path`, with attributes of studies behind `?` as QIDO-RS takes them
 * @throws SemblanceError those of `DicomwebClient.instances`
 */
export async function readPacsSource(
  address: string,
  { onProgress, signal, keys }: SourceOptions,
): Promise<Source> {
  const { parsePacs, pathOf } = await import('../pacs/place.ts');
  const { DicomwebClient } = await import('../pacs/dicomweb.ts');
  const { PacsKeys } = await import('../pacs/access.ts');
  const { root, query } = parsePacs(address);
  const client = new DicomwebClient(root, (keys ?? new PacsKeys()).of(root));
  const images: ImageDescription[] = [];
  try {
    for await (const instance of client.instances(query, signal)) {
      const path = pathOf(instance);
      images.push({ path, patient: null, study: null, series: null, labels: [], metadata: {} });
      onProgress?.({ done: images.length, total: undefined });
    }
  } finally {
    await client.close();
  }
  return { root, images, failures: [], leftOut: [], linked: [] };
}

/**
 * How many of the images of a PACS are of each of its studies, in the order in which it lists them; undefined for
 * another source.
 */
export function studySizes({ root, images }: Source): number[] | undefined {
  if (!isAddress(root)) return undefined;
  const sizes = new Map<string, number>();
  for (const { path } of images) {
    const study = path.split('/', 2).join('/');
    sizes.set(study, (sizes.get(study) ?? 0) + 1);
  }
  return [...sizes.values()];
}
