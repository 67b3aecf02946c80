import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { toSemblanceError } from '../domain/errors/error.ts';
import { writeWhole } from '../files/write-file.ts';

/**
 * A text file that is written over a long time: beside its place, until it is whole, with a note of what it was made
 * from and how far it is, so that a process that ends can be followed by another.
 * @typeParam State what the writer must know to go on, as JSON
 */
export class ResumedFile<State> {
  private readonly part: string;
  private readonly note: string;
  private readonly descriptor: number;
  private bytes = 0;
  /** What an earlier process has noted; undefined when nothing of it can be used. */
  readonly earlier: State | undefined;

  /**
   * @param key names all that the text depends on: what was written by another is written anew
   * @throws SemblanceError DISK_FULL, PATH_NOT_FOUND (the folder), PATH_NOT_READABLE
   */
  constructor(
    private readonly file: string,
    private readonly key: string,
  ) {
    this.part = `${file}.part`;
    this.note = `${file}.part.json`;
    try {
      const noted = this.readNote();
      this.descriptor = openSync(this.part, noted === undefined ? 'w' : 'r+');
      this.earlier = noted?.state;
      this.bytes = noted?.bytes ?? 0;
      ftruncateSync(this.descriptor, this.bytes);
    } catch (error) {
      throw toSemblanceError(error, file);
    }
  }

  /** Writes the next piece, and notes how far the file is with it. @throws SemblanceError DISK_FULL */
  append(text: string, state: State): void {
    try {
      const piece = Buffer.from(text);
      for (let at = 0; at < piece.length; ) {
        at += writeSync(this.descriptor, piece, at, piece.length - at, this.bytes + at);
      }
      this.bytes += piece.length;
    } catch (error) {
      throw toSemblanceError(error, this.file);
    }
    const { key, bytes } = this;
    writeWhole(this.note, (sink) => sink(JSON.stringify({ key, bytes, state })));
  }

  /** Puts the file in its place. @throws SemblanceError PATH_NOT_READABLE */
  finish(): void {
    try {
      renameSync(this.part, this.file);
      rmSync(this.note, { force: true });
    } catch (error) {
      throw toSemblanceError(error, this.file);
    }
  }

  /** Lets go of the file, whole or not. */
  close(): void {
    closeSync(this.descriptor);
  }

  private readNote(): { bytes: number; state: State } | undefined {
    if (!existsSync(this.note) || !existsSync(this.part)) return undefined;
    try {
      const noted = JSON.parse(readFileSync(this.note, 'utf8'));
      return noted.key === this.key && noted.bytes <= statSync(this.part).size ? noted : undefined;
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  }
}
