import type { JsonDataSet } from '../dicom/json.ts';
import type { PacsAccess } from './access.ts';
import { DicomwebClient } from './dicomweb.ts';
import type { InstanceUids } from './place.ts';

/** A PACS, whatever it speaks. */
export interface PacsClient {
  /**
   * Lists instances, each once.
   * @param query attributes of studies, as QIDO takes them: `PatientID=...`, `ModalitiesInStudy=CT`
   * @throws SemblanceError PACS_UNAVAILABLE, PACS_REFUSED, PACS_ANSWER_INVALID; the signal's reason
   */
  instances(query: URLSearchParams, signal?: AbortSignal): AsyncIterable<InstanceUids>;
  /**
   * Fetches an instance as the PACS keeps it, in any transfer syntax.
   * @throws SemblanceError PACS_INSTANCE_GONE, IMAGE_TOO_LARGE and those of `instances`
   */
  retrieve(uids: InstanceUids, signal?: AbortSignal): Promise<Uint8Array>;
  /**
   * What an instance says of itself (`headOf`), without its pixels.
   * @throws SemblanceError as `retrieve`
   */
  describe(uids: InstanceUids, signal?: AbortSignal): Promise<JsonDataSet>;
  /** Ends all connections. */
  close(): Promise<void>;
}

/**
 * A PACS, by the scheme of its address.
 * @param root as `parsePacs` gives it
 * @throws SemblanceError PACS_ADDRESS_INVALID
 */
export function openPacs(root: string, access: PacsAccess): PacsClient {
  return new DicomwebClient(root, access);
}
