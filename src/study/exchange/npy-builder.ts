import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { listedError, toSemblanceError } from '../../domain/errors/error.ts';
import { ERRORS, type ErrorCode } from '../../domain/errors/registry.ts';
import { EmbeddingCollector } from './matrix-builder.ts';
import { NpyWriter } from './npy-writer.ts';

/** Bytes of the rows that are kept at once: what a killed run reads again. */
const CHUNK = 2 ** 23;

/** A line of the journal: what the rows that were kept at once came from. */
const ChunkSchema = z.strictObject({
  /** Number of the file, and its entries until then. */
  file: z.int().min(0),
  entries: z.int().min(0),
  dimension: z.int().min(1),
  paths: z.array(z.string()),
  excluded: z.array(
    z.strictObject({
      code: z.enum(Object.keys(ERRORS) as ErrorCode[]),
      detail: z.string(),
      subject: z.string(),
    }),
  ),
  /** SHA-256 of the rows. */
  sha256: z.string(),
});

const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/**
 * Collects embeddings in a file of numpy instead of memory, as `EmbeddingCollector` decides. What was collected
 * when a run was killed is there for the next builder of the same file, which goes on behind it: the same files
 * must be read again in the same order, each after `begin`.
 */
export class NpyBuilder extends EmbeddingCollector {
  private readonly paths: string[] = [];
  private readonly known = new Set<string>();
  private readonly writer: NpyWriter;
  private readonly journal: string;
  private chunk = new Float32Array(0);
  /** Rows in the file, and excluded ones in the journal. */
  private rows = 0;
  private listed = 0;
  private file = 0;
  private entries = 0;
  private readonly before = { file: 0, entries: 0 };

  /**
   * @param chunkBytes bytes of the rows that are kept at once
   * @throws SemblanceError DISK_FULL, PATH_NOT_FOUND, PATH_NOT_READABLE
   */
  constructor(
    private readonly path: string,
    private readonly chunkBytes = CHUNK,
  ) {
    super();
    this.writer = new NpyWriter(path);
    this.journal = `${path}.journal`;
    this.resume();
  }

  /** The next file is read. @returns whether it has to be: all of it may have been taken before */
  begin(file: number): boolean {
    this.file = file;
    this.entries = 0;
    return file >= this.before.file;
  }

  override pass(): number {
    if (this.file === this.before.file) this.entries = this.before.entries;
    return this.entries;
  }

  get length(): number {
    return this.paths.length;
  }

  override add(path: string, vector: ArrayLike<number>, file: string): void {
    const { entries } = this;
    if (!this.isTaken()) super.add(path, vector, file);
    this.entries = entries + 1;
  }

  override exclude(path: string, reason: string, file: string): void {
    if (!this.isTaken()) super.exclude(path, reason, file);
    this.entries += 1;
  }

  /**
   * Gives the file its name.
   * @throws SemblanceError EMBEDDINGS_INVALID when there is no usable embedding
   */
  finish(subject: string): void {
    this.requireSome(subject);
    this.flush();
    this.writer.finish(this.paths, this.dimension);
    rmSync(this.journal, { force: true });
  }

  protected override room(): Float32Array {
    const { dimension } = this;
    const length = Math.max(1, Math.floor(this.chunkBytes / (4 * dimension)));
    if (this.chunk.length === 0) this.chunk = new Float32Array(length * dimension);
    if (this.paths.length - this.rows === length) this.flush();
    const at = (this.paths.length - this.rows) * dimension;
    return this.chunk.subarray(at, at + dimension);
  }

  protected has(path: string): boolean {
    return this.known.has(path);
  }

  protected keep(path: string): void {
    this.paths.push(path);
    this.known.add(path);
  }

  private isTaken(): boolean {
    return this.file === this.before.file && this.entries < this.before.entries;
  }

  /** Keeps the rows that have come, and what they came from. */
  private flush(): void {
    const { dimension, file, entries } = this;
    const values = this.chunk.subarray(0, (this.paths.length - this.rows) * dimension);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const paths = this.paths.slice(this.rows);
    const excluded = this.excluded.slice(this.listed).map(({ code, message, subject }) => ({
      ...{ code, detail: message, subject: subject as string },
    }));
    this.writer.append(values);
    const line = { file, entries, dimension, paths, excluded, sha256: sha256Of(bytes) };
    try {
      appendFileSync(this.journal, `${JSON.stringify(line)}\n`);
    } catch (error) {
      throw toSemblanceError(error, this.path);
    }
    this.rows = this.paths.length;
    this.listed = this.excluded.length;
  }

  /** Takes what an earlier builder has kept, as far as it is whole. */
  private resume(): void {
    if (!existsSync(this.journal)) return;
    const whole: string[] = [];
    for (const line of readFileSync(this.journal, 'utf8').split('\n')) {
      const chunk = parsed(line);
      if (chunk === undefined) break;
      const { dimension, paths, sha256 } = chunk;
      if (!this.writer.keep(4 * dimension * paths.length, (rows) => sha256Of(rows) === sha256))
        break;
      this.dimension = chunk.dimension;
      for (const path of paths) this.keep(path);
      for (const { code, detail, subject } of chunk.excluded) {
        this.excluded.push(listedError(code, detail, subject));
      }
      this.before.file = chunk.file;
      this.before.entries = chunk.entries;
      whole.push(line);
    }
    this.rows = this.paths.length;
    this.listed = this.excluded.length;
    writeFileSync(this.journal, whole.map((line) => `${line}\n`).join(''));
  }
}

function parsed(line: string) {
  try {
    return ChunkSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
