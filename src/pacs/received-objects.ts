import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { type FileHandle, link, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FileSource } from '../dicom/byte-source.ts';
import { readFirst } from '../dicom/file-format.ts';
import { TAGS } from '../dicom/tags.ts';
import { isUid } from '../dicom/uid.ts';
import { fileHead } from '../dicom/write.ts';
import { SemblanceError, systemCode, toSemblanceError } from '../domain/errors/error.ts';
import { makeFolder } from '../files/make-folder.ts';
import { ownPart, removeAbandonedParts } from '../files/part-name.ts';
import { requireRoom } from '../files/room.ts';

/** An object as it comes: its data set piece by piece, and what was said of it. */
export interface IncomingObject {
  sopClass: string;
  sopInstance: string;
  transferSyntax: string;
  /** The study that it has to be of, where that was said. */
  study?: string | undefined;
  data: AsyncIterable<Uint8Array>;
}

/** What became of an object: new, or there with the same bytes, or kept beside one of its UID that has others. */
export interface KeptObject {
  kind: 'new' | 'known' | 'apart';
  /** Name of its file in the folder. */
  name: string;
}

/** How much is kept. */
export interface ReceivedLimits {
  /** Bytes of all objects together. */
  maxBytes: number;
  /** Bytes of the disk that stay free. */
  keepFree: number;
  /** Bytes of one object. */
  maxObject: number;
}

/** What is being written is called so until it is whole. */
const COMING = 'coming';
const ENDING = '.dcm';
/** After so many bytes it is looked again whether the disk has room. */
const LOOK = 16 * 2 ** 20;

/**
 * Objects that were sent here, as files of one folder that only its owner may read. Their names are made of keyed
 * hashes of their UIDs. What is answered as kept is on the disk, whatever happens to the program or the machine.
 */
export class ReceivedObjects {
  /** Bytes of whole files, and of those that are coming. */
  private bytes = 0;
  private sinceLook = 0;

  private constructor(
    readonly folder: string,
    private readonly nameOf: (uid: string) => string,
    private readonly limits: ReceivedLimits,
  ) {}

  /**
   * Makes the folder when it is absent, and removes what was cut off when a program was killed.
   * @param nameOf a keyed hash of a UID
   * @throws SemblanceError of the disk
   */
  static open(
    folder: string,
    nameOf: (uid: string) => string,
    limits: ReceivedLimits,
  ): ReceivedObjects {
    const objects = new ReceivedObjects(folder, nameOf, limits);
    try {
      makeFolder(folder, 0o700);
      removeAbandonedParts(join(folder, COMING));
      for (const name of readdirSync(folder)) {
        objects.bytes += statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
      }
    } catch (error) {
      throw toSemblanceError(error, folder);
    }
    return objects;
  }

  /** Names of the files, in an order that stays. */
  names(): string[] {
    return readdirSync(this.folder)
      .filter((name) => name.endsWith(ENDING))
      .sort();
  }

  /**
   * Keeps an object: its data set byte for byte, behind a new head of a file.
   * @returns when it is safe on the disk
   * @throws SemblanceError OBJECT_INVALID, RECEIVED_FULL, DISK_FULL, IMAGE_TOO_LARGE and those of reading DICOM and of
   *   the disk; what the data throw. Nothing of the object is kept then.
   */
  async keep({ data, ...said }: IncomingObject): Promise<KeptObject> {
    if (![said.sopClass, said.sopInstance, said.transferSyntax].every(isUid)) {
      throw new SemblanceError('OBJECT_INVALID', 'It is named by what is no UID.');
    }
    await this.lookForRoom();
    const { part, done } = ownPart(join(this.folder, COMING));
    let taken = 0;
    let isKept = false;
    try {
      const file = await open(part, 'wx', 0o600).catch(failed);
      const hash = createHash('sha256');
      try {
        const write = async (piece: Uint8Array) => {
          taken += piece.length;
          await this.reserve(piece.length, taken);
          hash.update(piece);
          await writeAll(file, piece);
        };
        await write(fileHead(said.transferSyntax, said.sopClass, said.sopInstance));
        for await (const piece of data) await write(piece);
        checkSaid(part, said);
        await file.sync().catch(failed);
      } finally {
        await file.close();
      }
      const kept = await this.place(part, said.sopInstance, hash.digest('hex'));
      isKept = kept.kind !== 'known';
      return kept;
    } finally {
      if (!isKept) this.bytes -= taken;
      await rm(part, { force: true });
      done();
    }
  }

  /** Gives a whole file its name, unless one with its bytes has it. */
  private async place(part: string, uid: string, sha256: string): Promise<KeptObject> {
    const first = this.nameOf(uid);
    // A link, unlike a new name, never takes the place of a file that is there.
    for (const [kind, name] of [
      ['new', `${first}${ENDING}`],
      ['apart', `${first}-${sha256.slice(0, 16)}${ENDING}`],
    ] as const) {
      const path = join(this.folder, name);
      const isPlaced = await link(part, path).then(
        () => true,
        (error) => systemCode(error) !== 'EEXIST' && failed(error),
      );
      const isSame = !isPlaced && (await hashOf(path)) === sha256;
      if (!isPlaced && !isSame) continue;
      // Who placed it, if another, may not have come so far yet.
      await this.syncFolder();
      return { kind: isPlaced ? kind : 'known', name };
    }
    throw new SemblanceError('OBJECT_INVALID', 'Another object has its name.');
  }

  private async syncFolder(): Promise<void> {
    const folder = await open(this.folder, 'r').catch(failed);
    try {
      await folder.sync().catch(failed);
    } finally {
      await folder.close();
    }
  }

  private async reserve(length: number, taken: number): Promise<void> {
    const { maxBytes, maxObject } = this.limits;
    this.bytes += length;
    this.sinceLook += length;
    if (taken > maxObject) {
      throw new SemblanceError('IMAGE_TOO_LARGE', `It has more than ${maxObject / 1e6} MB.`);
    }
    if (this.bytes > maxBytes) {
      throw new SemblanceError('RECEIVED_FULL', `${maxBytes / 1e6} MB are kept at the most.`);
    }
    if (this.sinceLook > LOOK) await this.lookForRoom();
  }

  private async lookForRoom(): Promise<void> {
    this.sinceLook = 0;
    await requireRoom(this.folder, this.limits.keepFree);
  }
}

/** Fails with a code where the system does not do what it was asked. */
function failed(error: unknown): never {
  throw toSemblanceError(error);
}

async function writeAll(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < piece.length; ) {
    const { bytesWritten } = await file.write(piece, at).catch(failed);
    at += bytesWritten;
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash).catch(failed);
  return hash.digest('hex');
}

/**
 * @throws SemblanceError OBJECT_INVALID where a file is not the object that was said, DICOM_DAMAGED where it does not
 *   read as one
 */
function checkSaid(path: string, said: Omit<IncomingObject, 'data'>): void {
  const source = new FileSource(path);
  try {
    const first = readFirst(source, TAGS.StudyInstanceUID[0]);
    const differs =
      first.text('SOPInstanceUID') !== said.sopInstance
        ? 'SOP instance'
        : first.text('SOPClassUID') !== said.sopClass
          ? 'SOP class'
          : said.study !== undefined && first.text('StudyInstanceUID') !== said.study
            ? 'study'
            : undefined;
    if (differs === undefined) return;
    throw new SemblanceError('OBJECT_INVALID', `Its data set names another ${differs}.`);
  } finally {
    source.close();
  }
}
