import { MemorySource } from '../dicom/byte-source.ts';
import { type Beginning, readMeta } from '../dicom/file-format.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import { boundaryOf, eachPart } from './multipart.ts';
import type { IncomingObject } from './received-objects.ts';

/** What became of an instance of a request; `reason`: 0 where it is kept (PS3.18 section 10.5.3). */
export interface StoredInstance {
  sopClass: string | undefined;
  sopInstance: string | undefined;
  reason: number;
}

/** Bytes in which a file has to have its meta information. */
const MAX_HEAD = 2 ** 16;
/** Instances of one request. */
const MAX_INSTANCES = 10_000;

/**
 * Takes the instances of a request to store them (STOW-RS, PS3.18 section 10.5), one after the other as they come: no
 * more than the beginning of one is in memory.
 * @param keep tells what became of one: 0, or the reason why it is not kept
 * @throws SemblanceError MEDIA_TYPE_NOT_SUPPORTED, REQUEST_INVALID; what the body throws
 */
export async function takeInstances(
  contentType: string | undefined,
  body: AsyncIterable<Uint8Array>,
  keep: (object: IncomingObject) => Promise<number>,
): Promise<StoredInstance[]> {
  const boundary = boundaryOf(contentType);
  const type = /;\s*type=(?:"([^"]*)"|([^\s";,]+))/i.exec(contentType ?? '');
  const isDicom = /^application\/dicom$/i.test(type?.[1] ?? type?.[2] ?? 'application/dicom');
  if (boundary === undefined || !isDicom) {
    throw new SemblanceError(
      'MEDIA_TYPE_NOT_SUPPORTED',
      'A body of multipart/related with type="application/dicom" is taken.',
    );
  }
  const stored: StoredInstance[] = [];
  for await (const part of eachPart(body, boundary)) {
    if (stored.length === MAX_INSTANCES) {
      throw new SemblanceError('REQUEST_INVALID', `It has more than ${MAX_INSTANCES} instances.`);
    }
    stored.push(await takeOne(part, keep));
  }
  if (stored.length === 0) throw new SemblanceError('REQUEST_INVALID', 'It has no instance.');
  return stored;
}

/** Why an instance is not kept (PS3.18 table 10.5.3-2): it cannot be understood. */
const CANNOT_UNDERSTAND = 0xc000;

async function takeOne(
  part: AsyncGenerator<Buffer>,
  keep: (object: IncomingObject) => Promise<number>,
): Promise<StoredInstance> {
  const begun: Buffer[] = [];
  for (let size = 0; size < MAX_HEAD; ) {
    const { done, value } = await part.next();
    if (done) break;
    begun.push(value);
    size += value.length;
  }
  const head = Buffer.concat(begun);
  const said = metaOf(head);
  const { sopClass, instance: sopInstance, transferSyntax } = said ?? {};
  let reason = CANNOT_UNDERSTAND;
  if (said !== undefined && sopClass && sopInstance && transferSyntax) {
    const data = (async function* () {
      yield head.subarray(said.start);
      yield* part;
    })();
    reason = await keep({ sopClass, sopInstance, transferSyntax, data });
  }
  return { sopClass, sopInstance, reason };
}

function metaOf(head: Buffer): Beginning | undefined {
  try {
    return readMeta(new MemorySource(head));
  } catch (error) {
    if (error instanceof SemblanceError) return undefined;
    throw error;
  }
}

/** What a request to store instances is answered with: a status, and a data set in the DICOM JSON Model. */
export interface StoreAnswer {
  status: 200 | 202 | 409;
  answer: Record<string, { vr: string; Value?: unknown[] }>;
}

/** The answer to a request to store instances (PS3.18 section 10.5.3). */
export function storeAnswer(stored: readonly StoredInstance[]): StoreAnswer {
  const sequence = (which: (reason: number) => boolean) =>
    stored
      .filter(({ reason }) => which(reason))
      .map(({ sopClass, sopInstance, reason }) => ({
        ...(sopClass && { '00081150': { vr: 'UI', Value: [sopClass] } }),
        ...(sopInstance && { '00081155': { vr: 'UI', Value: [sopInstance] } }),
        ...(reason !== 0 && { '00081197': { vr: 'US', Value: [reason] } }),
      }));
  const [failed, kept] = [sequence((reason) => reason !== 0), sequence((reason) => reason === 0)];
  return {
    status: failed.length === 0 ? 200 : kept.length === 0 ? 409 : 202,
    answer: {
      ...(failed.length > 0 && { '00081198': { vr: 'SQ', Value: failed } }),
      ...(kept.length > 0 && { '00081199': { vr: 'SQ', Value: kept } }),
    },
  };
}
