import type { JsonDataSet } from '../dicom/json.ts';
import type { InstanceUids } from './place.ts';

/** A data set as a PACS says it, in the DICOM JSON Model (PS3.18 annex F) if it is as it should be. */
export type SaidDataSet = Record<string, { Value?: unknown[] } | undefined>;

/** A PACS, whatever it speaks. */
export interface PacsClient {
  /**
   * Lists instances, each once.
   * @param query attributes of studies, as QIDO takes them: `PatientID=...`, `ModalitiesInStudy=CT`
   * @throws SemblanceError PACS_UNAVAILABLE, PACS_REFUSED, PACS_ANSWER_INVALID; the signal's reason
   */
  instances(query: URLSearchParams, signal?: AbortSignal): AsyncIterable<InstanceUids>;
  /**
   * Lists studies with what it says of them: UID and data set.
   * @param include tags of attributes to be told, too, as the DICOM JSON Model writes them
   * @throws SemblanceError as `instances`
   */
  studies(
    query: URLSearchParams,
    include: readonly string[],
    signal?: AbortSignal,
  ): AsyncIterable<[uid: string, study: SaidDataSet]>;
  /**
   * Asks for one study, to find out whether it is a PACS that lets one in.
   * @returns whether it has one
   * @throws SemblanceError as `instances`
   */
  hasStudies(query: URLSearchParams, signal?: AbortSignal): Promise<boolean>;
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
