import type { PacsAccess } from './access.ts';
import type { PacsClient } from './client.ts';
import { DicomwebClient } from './dicomweb.ts';
import { DimseArchive } from './dimse/archive.ts';
import { isDimse } from './dimse/place.ts';
import type { Patience } from './patience.ts';

/**
 * A PACS, by the scheme of its address.
 * @param root as `parsePacs` gives it
 * @throws SemblanceError PACS_ADDRESS_INVALID
 */
export function openPacs(root: string, access: PacsAccess, patience?: Patience): PacsClient {
  const Client = isDimse(root) ? DimseArchive : DicomwebClient;
  return new Client(root, access, patience);
}
