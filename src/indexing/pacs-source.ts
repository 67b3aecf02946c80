import type { ImageDescription } from '../store/records.ts';
import type { Source, SourceOptions } from './source.ts';

/**
 * Lists the instances of a PACS that a query finds.
 * @param address `dicomweb+https://host/path`, with attributes of studies behind `?` as QIDO-RS takes them
 * @throws SemblanceError those of `DicomwebClient.instances`
 */
export async function readPacsSource(
  address: string,
  { onProgress, signal }: SourceOptions,
): Promise<Source> {
  const { parsePacs, pathOf } = await import('../pacs/place.ts');
  const { DicomwebClient } = await import('../pacs/dicomweb.ts');
  const { accessFrom } = await import('../pacs/access.ts');
  const { root, query } = parsePacs(address);
  const client = new DicomwebClient(root, accessFrom(process.env, root));
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
