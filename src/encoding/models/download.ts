import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { SemblanceError, toSemblanceError } from '../../domain/errors/error.ts';
import { PassingError } from '../../http/answers.ts';
import type { Checksum, Hub, HubAnswer, HubFile } from './hub.ts';
import { writeJson } from './installed.ts';

/** Tries without a single new byte before a download is given up. */
const ATTEMPTS = 5;

/** Milliseconds before the second try; doubled for each further one. */
const FIRST_WAIT = 500;

/** Longest wait in milliseconds, also when the server asks for more. */
const LONGEST_WAIT = 60_000;

/** How a file came here. */
export interface Downloaded {
  file: string;
  /** Length in bytes. */
  size: number;
  /** False when it was here already. */
  fetched: boolean;
  /** What it was checked by; null when neither hub nor template tells a checksum. */
  checksum: Checksum['algorithm'] | null;
  /** Commit that the revision stands for, if the hub tells it. */
  commit: string | undefined;
}

/** Told of bytes as they come: how many are here, of how many, and how many were here at the start. */
export type DownloadReport = (done: number, total: number | undefined, before: number) => void;

/** Bytes of an interrupted download, and what they are bytes of. */
const StateSchema = z.object({ etag: z.string().nullable(), checksum: z.string().nullable() });

const sizeOf = (file: string) => (existsSync(file) ? statSync(file).size : 0);

/** Whether a file's content is the expected one. */
async function matches(file: string, { algorithm, value }: Checksum): Promise<boolean> {
  const content = createHash(algorithm);
  // git hashes a header with the length before the content.
  const object = createHash(algorithm).update(`blob ${sizeOf(file)}\0`);
  for await (const chunk of createReadStream(file)) {
    content.update(chunk);
    if (algorithm === 'sha1') object.update(chunk);
  }
  return [content, object].some((hash) => hash.digest('hex') === value);
}

/** Whether a file is whole, as far as can be told. */
async function isWhole(file: string, size: number | undefined, expected: Checksum | undefined) {
  if (size !== undefined && size !== sizeOf(file)) return false;
  if (expected !== undefined) return matches(file, expected);
  return size !== undefined;
}

/** What of a file came with an earlier run; undefined when one cannot know what the bytes belong to. */
function readState(part: string, state: string) {
  if (sizeOf(part) === 0 || !existsSync(state)) return undefined;
  try {
    const { etag, checksum } = StateSchema.parse(JSON.parse(readFileSync(state, 'utf8')));
    if (etag === null && checksum === null) return undefined;
    return { offset: sizeOf(part), etag: etag ?? undefined, checksum };
  } catch {
    return undefined;
  }
}

/**
 * Fetches a file of a hub, goes on where an earlier run stopped, and checks it. It lies beside its place
 * as `<file>.part` until it is whole.
 *
 * @param sha256 what the template says of the file; it counts more than the hub's word
 * @throws SemblanceError HUB_*, DISK_FULL
 */
export async function downloadFile(
  hub: Hub,
  wanted: HubFile,
  target: string,
  sha256: string | undefined,
  report: DownloadReport,
): Promise<Downloaded> {
  const part = `${target}.part`;
  for (let failures = 0; ; ) {
    const before = sizeOf(part);
    try {
      return await attempt(hub, wanted, target, sha256, report);
    } catch (error) {
      if (!(error instanceof PassingError)) throw error;
      failures = sizeOf(part) > before ? 1 : failures + 1;
      if (failures >= ATTEMPTS) {
        throw new SemblanceError('HUB_UNREACHABLE', error.message, {
          subject: hub.address(wanted).href,
          cause: error,
        });
      }
      const wait = Math.min(LONGEST_WAIT, error.wait ?? FIRST_WAIT * 2 ** (failures - 1));
      await sleep(wait);
    }
  }
}

/**
 * Writes what comes to the end of the part. Each piece is in the file before the next is read, so that
 * a broken connection costs nothing that came before.
 * @returns how long the part is now
 */
async function append(
  part: string,
  { body, offset, size }: HubAnswer,
  report: DownloadReport,
): Promise<number> {
  let position = offset;
  const file = await open(part, 'a');
  try {
    for await (const piece of body) {
      await file.appendFile(piece);
      position += piece.length;
      report(position, size, offset);
    }
  } catch (error) {
    const coded = toSemblanceError(error, part);
    throw coded.code === 'INTERNAL' ? new PassingError(coded.message) : coded;
  } finally {
    await file.close();
  }
  return position;
}

async function attempt(
  hub: Hub,
  wanted: HubFile,
  target: string,
  sha256: string | undefined,
  report: DownloadReport,
): Promise<Downloaded> {
  const part = `${target}.part`;
  const state = `${part}.json`;
  const discard = () => {
    for (const file of [part, state]) rmSync(file, { force: true });
  };
  const had = readState(part, state);
  const answer = await hub.open(wanted, had);
  const { body, size, etag, commit } = answer;
  // It is destroyed below when it is not needed, which is no error.
  body.on('error', () => undefined);
  try {
    const expected: Checksum | undefined =
      sha256 === undefined ? answer.checksum : { algorithm: 'sha256', value: sha256 };
    const done = (fetched: boolean): Downloaded => ({
      file: basename(target),
      size: sizeOf(target),
      fetched,
      checksum: expected?.algorithm ?? null,
      commit,
    });
    if (existsSync(target) && (await isWhole(target, size, expected))) {
      discard();
      return done(false);
    }
    const checksum = expected?.value ?? null;
    if (answer.offset > 0 && (answer.offset !== had?.offset || checksum !== had.checksum)) {
      discard();
      throw new PassingError('The file has changed since the download began.', 0);
    }
    if (answer.offset === 0) {
      discard();
      writeJson(state, { etag: etag ?? null, checksum });
    }
    const position = await append(part, answer, report);
    if (size !== undefined && position < size) {
      throw new PassingError('The connection ended before the file did.');
    }
    if (!(await isWhole(part, size ?? position, expected))) {
      discard();
      throw new SemblanceError(
        'HUB_CHECKSUM',
        `Its ${expected?.algorithm ?? 'length'} is not the one that was promised.`,
        { subject: hub.address(wanted).href },
      );
    }
    renameSync(part, target);
    rmSync(state, { force: true });
    return done(true);
  } finally {
    body.destroy();
  }
}
