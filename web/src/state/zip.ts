import {
  BlobReader,
  BlobWriter,
  configure,
  ZipReader,
} from '@zip.js/zip.js/lib/zip-core-custom.js';
import type { OwnFile } from './own-files.ts';

// The page's content security policy allows no worker of a text, and the browser inflates beside the page anyway.
configure({ useWebWorkers: false });

/** A file of a ZIP is taken into memory: so much at the most. */
const MOST = 512 * 2 ** 20;

/**
 * The files of a ZIP, each inflated when it is read.
 * @param leave is told of what cannot be taken
 * @throws Error when it is none
 */
export async function openZip(
  zip: File,
  leave: (kind: string, name: string) => void,
): Promise<OwnFile[]> {
  const entries = await new ZipReader(new BlobReader(zip)).getEntries();
  return entries.flatMap((entry): OwnFile[] => {
    if (entry.directory) return [];
    const { filename: name, uncompressedSize: size } = entry;
    const refused = entry.encrypted ? 'encrypted file' : size > MOST ? 'file too large' : undefined;
    if (refused) leave(refused, name.slice(name.lastIndexOf('/') + 1));
    if (refused) return [];
    const read = async () => {
      const bytes = await entry.getData(new BlobWriter(), { checkSignature: true });
      return new File([bytes], name.slice(name.lastIndexOf('/') + 1));
    };
    return [{ name, size, read }];
  });
}
