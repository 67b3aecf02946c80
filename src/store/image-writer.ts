import type { Decoding } from '../images/pixels.ts';
import { readsDifferently } from '../images/reading.ts';
import type { Changes, CollectionState } from './collection-state.ts';
import type { Connection } from './connection.ts';
import { type IdOf, storedFields } from './described-fields.ts';
import { dropEarlier } from './earlier-copy.ts';
import type { EmbeddingTable } from './embedding-table.ts';
import { FieldWriter, knownIds } from './field-writer.ts';
import { listed } from './filter.ts';
import type { GivenLabels } from './given-labels.ts';
import type { HiddenPaths } from './hidden-paths.ts';
import { decodingOf, type ImageContent, type ImageDescription } from './records.ts';
import type { ImagePlace } from './source-table.ts';

/** One image to write, with its new embeddings by encoder id. */
export interface ImageWrite {
  description: ImageDescription;
  /** Which picture of its file, from 1; the first by default. */
  frame?: number;
  /** Undefined when the file was not read: what is known of it stays. */
  content?: ImageContent | undefined;
  embeddings: ReadonlyMap<number, Float32Array>;
  /** How the encoders saw it, where that is not how decoding shows it. */
  seen?: Decoding | undefined;
  /**
   * The image that was renamed to this path: it keeps its id and its embeddings. Without effect when
   * it has gone or changed meanwhile, or the path is taken.
   */
  renamedFrom?: ImagePlace | undefined;
}

/** What is stored of an image, for comparison. */
interface StoredImage {
  id: number;
  object_id: number | null;
  content_hash: string | null;
  facts: string | null;
  phash: string | null;
  fields: string;
}

/** Whether the file has another content, or gives other pixels than when it was stored. */
function isOtherPicture(old: StoredImage, content: ImageContent): boolean {
  if (old.content_hash !== content.contentHash) return true;
  return readsDifferently({ decoding: decodingOf(old), perceptualHash: old.phash }, content);
}

/** Writes, renames and removes images, with their fields and embeddings. */
export class ImageWriter {
  constructor(
    private readonly connection: Connection,
    private readonly state: CollectionState,
    private readonly embeddings: EmbeddingTable,
    private readonly hidden: HiddenPaths,
    private readonly given: GivenLabels,
  ) {}

  /**
   * Writes images with their embeddings: all of them or none. An image whose content has changed, or
   * is read differently today, loses the embeddings of its old content; one that was never read keeps those it was given.
   */
  write(sourceId: number, images: readonly ImageWrite[]): void {
    this.connection.write(() =>
      this.writeKnown(sourceId, images, this.knownPaths(sourceId, images)),
    );
  }

  /** @param known see `knownPaths` */
  private writeKnown(sourceId: number, images: readonly ImageWrite[], known: Set<string>): void {
    if (images.length === 0) return;
    this.connection.write(() => {
      const changed: Changes = new Map();
      const fields = new FieldWriter(this.connection);
      const described: number[] = [];
      for (const image of images) {
        this.writeOne(sourceId, image, changed, known, fields, described);
      }
      fields.finish();
      this.state.bump(changed, { more: fields.additions, described });
    });
  }

  /** Which of the images' paths the source has; of those that a list cannot hold, which it may have. */
  private knownPaths(sourceId: number, images: readonly ImageWrite[]): Set<string> {
    const paths = images.map(({ description }) => description.path);
    const unlistable = paths.filter((path) => /[\0\p{Surrogate}]/u.test(path));
    const found = this.connection.column<string>(
      'SELECT path FROM images WHERE source_id = ? AND path IN (SELECT wanted.value FROM json_each(?) AS wanted)',
      sourceId,
      listed(paths),
    );
    return new Set([...found, ...unlistable]);
  }

  /**
   * As `write`, without what is stored as it is already: a run that was ended goes on where it was, and one of
   * the same data changes nothing.
   * @returns how many were written
   */
  writeChanged(sourceId: number, images: readonly ImageWrite[]): number {
    return this.connection.write(() => {
      const known = this.knownPaths(sourceId, images);
      const idOf = knownIds(this.connection);
      const changed = images.filter(
        (image) => !known.has(image.description.path) || !this.isStored(sourceId, image, idOf),
      );
      this.writeKnown(sourceId, changed, known);
      return changed.length;
    });
  }

  /** Whether the image's description and embeddings are stored as they are; of its file nothing is asked. */
  private isStored(
    sourceId: number,
    { description, frame, embeddings }: ImageWrite,
    idOf: IdOf,
  ): boolean {
    const known = this.stored(sourceId, description.path, frame);
    return (
      known !== undefined &&
      known.fields === storedFields(this.withGiven(known.id, description), idOf) &&
      [...embeddings].every(([encoderId, vector]) => {
        const kept = this.embeddings.get(encoderId, known.id);
        return kept?.length === vector.length && kept.every((value, i) => value === vector[i]);
      })
    );
  }

  private stored(sourceId: number, path: string, frame = 1): StoredImage | undefined {
    return this.connection.get<StoredImage>(
      `SELECT id, object_id, content_hash, facts, phash, fields FROM images
       WHERE source_id = ? AND path = ? AND frame = ?`,
      sourceId,
      path,
      frame,
    );
  }

  /**
   * Removes images with their fields and embeddings: all of them or none. Their ids are never given
   * again; what is deleted is overwritten in the file. One that was renamed meanwhile stays.
   * @returns how many were removed
   */
  remove(images: Iterable<{ id: number; path: string }>): number {
    return this.connection.write(() => {
      const removed: number[] = [];
      const changed: Changes = new Map();
      const values = new FieldWriter(this.connection);
      for (const { id, path } of images) {
        const image = this.connection.get<
          Pick<StoredImage, 'fields' | 'object_id'> & { source_id: number }
        >('SELECT fields, object_id, source_id FROM images WHERE id = ? AND path = ?', id, path);
        if (image === undefined) continue;
        values.remove(id, image.fields);
        this.embeddings.removeOf(id, changed);
        this.connection.run('DELETE FROM items WHERE id = ?', id);
        this.dropUnused(image.object_id);
        this.hidden.dropUnused(image.source_id, path);
        removed.push(id);
      }
      values.finish();
      const { length } = removed;
      if (length > 0) {
        this.state.bump(changed, { more: -length, described: removed });
        dropEarlier(this.connection.file);
      }
      return length;
    });
  }

  /** Calls the images of a path by another one that leads to the same file on the disk. */
  callPath(sourceId: number, path: string, called: string, onDisk: string): void {
    this.connection.write(() => {
      this.hidden.keep(sourceId, called, onDisk);
      if (path === called) return;
      const sql = 'SELECT id FROM images WHERE source_id = ? AND path = ?';
      const ids = this.connection.ids(sql, sourceId, path);
      if (ids.length === 0) return;
      const move = 'UPDATE OR IGNORE items SET path = ? WHERE source_id = ? AND path = ?';
      this.connection.run(move, called, sourceId, path);
      this.hidden.dropUnused(sourceId, path);
      this.state.bump(new Map(), { more: 0, described: ids });
      dropEarlier(this.connection.file);
    });
  }

  /** Renews the description of a known image. */
  describe(id: number, description: ImageDescription): void {
    this.connection.write(() => {
      const before = this.connection.get<{ fields: string }>(
        'SELECT fields FROM images WHERE id = ?',
        id,
      );
      if (before === undefined) return;
      this.describeAnew({ id, ...before }, description);
    });
  }

  /**
   * Gives an image labels in place of those that its source names.
   * @param labels undefined: those of its source again, once it is indexed the next time
   */
  giveLabels(id: number, described: ImageDescription, labels: readonly string[] | undefined): void {
    this.connection.write(() => {
      const before = this.connection.get<{ fields: string }>(
        'SELECT fields FROM images WHERE id = ?',
        id,
      );
      if (before === undefined) return;
      if (labels === undefined) this.given.forget(id);
      else this.given.set(id, labels);
      this.describeAnew({ id, ...before }, described);
    });
  }

  private describeAnew(
    image: Pick<StoredImage, 'id' | 'fields'>,
    description: ImageDescription,
  ): void {
    const fields = new FieldWriter(this.connection);
    if (!this.writeDescription(image, description, fields)) return;
    fields.finish();
    this.state.bump(new Map(), { more: 0, described: [image.id] });
  }

  private withGiven(id: number, description: ImageDescription): ImageDescription {
    const labels = this.given.of(id);
    return labels === undefined ? description : { ...description, labels };
  }

  /** Adds the perceptual hash of an image that was indexed before there were any. */
  setPerceptualHash(id: number, hash: string): void {
    this.connection.write(() =>
      this.connection.run('UPDATE items SET phash = ? WHERE id = ?', hash, id),
    );
  }

  /**
   * @param known paths of the source's images, those that were written before included
   * @param described gets the ids of known images that are described otherwise
   */
  private writeOne(
    sourceId: number,
    image: ImageWrite,
    changed: Changes,
    known: Set<string>,
    fields: FieldWriter,
    described: number[],
  ): void {
    const { description, frame = 1, content, embeddings, seen, renamedFrom } = image;
    const facts = seen === undefined ? null : JSON.stringify(seen);
    if (renamedFrom !== undefined && content !== undefined) {
      const renamed = this.connection.run(
        `UPDATE OR IGNORE items SET source_id = ?, path = ?
         WHERE id = ? AND source_id = ? AND path = ? AND object_id = (SELECT id FROM objects WHERE hash = ?)`,
        sourceId,
        description.path,
        renamedFrom.id,
        renamedFrom.sourceId,
        renamedFrom.path,
        content.contentHash,
      );
      if (renamed > 0 && renamedFrom.sourceId === sourceId) known.delete(renamedFrom.path);
      if (renamed > 0) this.hidden.dropUnused(renamedFrom.sourceId, renamedFrom.path);
      if (renamed > 0) known.add(description.path);
    }
    const old = known.has(description.path)
      ? this.stored(sourceId, description.path, frame)
      : undefined;
    if (old === undefined) {
      known.add(description.path);
      const stored = fields.stored(description);
      const id = this.insert(sourceId, { path: description.path, frame }, stored, content);
      fields.add(id, stored);
      for (const [encoderId, vector] of embeddings) {
        this.embeddings.put(encoderId, id, { vector, facts }, changed, true);
      }
      return;
    }
    const { id } = old;
    if (content !== undefined) {
      // One that was never read keeps the embeddings that it was given.
      if (old.content_hash !== null && isOtherPicture(old, content)) {
        this.embeddings.removeOf(id, changed);
      }
      this.writeContent(old, content);
    }
    if (this.writeDescription(old, description, fields)) described.push(id);
    for (const [encoderId, vector] of embeddings) {
      this.embeddings.put(encoderId, id, { vector, facts }, changed);
    }
  }

  /** Writes a new image without what its values and embeddings are found by, and gives its id. */
  private insert(
    sourceId: number,
    { path, frame }: { path: string; frame: number },
    fields: string,
    content: ImageContent | undefined,
  ): number {
    return this.connection.insert(
      `INSERT INTO items (source_id, path, frame, object_id, width, height, fields, facts, phash, position)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      sourceId,
      path,
      frame,
      content === undefined ? null : this.objectOf(content),
      content?.width ?? null,
      content?.height ?? null,
      fields,
      content === undefined ? null : JSON.stringify(content.decoding),
      content?.perceptualHash ?? null,
      content?.position ?? null,
    );
  }

  /** Renews what reading the file gave. */
  private writeContent(old: StoredImage, content: ImageContent): void {
    const object = this.objectOf(content);
    this.connection.run(
      'UPDATE items SET object_id = ?, width = ?, height = ?, facts = ?, phash = ?, position = ? WHERE id = ?',
      object,
      content.width,
      content.height,
      JSON.stringify(content.decoding),
      content.perceptualHash ?? null,
      content.position ?? null,
      old.id,
    );
    if (old.object_id !== object) this.dropUnused(old.object_id);
  }

  /** The id of a content, which is registered when it is new. */
  private objectOf({ contentHash, bytes, sopInstance, sealed }: ImageContent): number {
    const found = this.connection.get<{ id: number }>(
      'SELECT id FROM objects WHERE hash = ?',
      contentHash,
    );
    const kept = [sopInstance ?? null, sealed === undefined ? null : Buffer.from(sealed)];
    if (found === undefined) {
      const sql = 'INSERT INTO objects (hash, bytes, sop_instance, sealed) VALUES (?, ?, ?, ?)';
      return this.connection.insert(sql, contentHash, bytes, ...kept);
    }
    const sql = 'UPDATE objects SET sop_instance = ?, sealed = ? WHERE id = ?';
    if (sopInstance !== undefined) this.connection.run(sql, ...kept, found.id);
    return found.id;
  }

  /** Forgets a content that no item has any more. */
  private dropUnused(object: number | null): void {
    if (object === null) return;
    this.connection.run(
      'DELETE FROM objects WHERE id = ? AND NOT EXISTS (SELECT 1 FROM items WHERE object_id = ?)',
      object,
      object,
    );
  }

  /** @returns whether it is another one than before */
  private writeDescription(
    { id, fields: before }: Pick<StoredImage, 'id' | 'fields'>,
    description: ImageDescription,
    fields: FieldWriter,
  ): boolean {
    const now = fields.stored(this.withGiven(id, description));
    if (now === before) return false;
    this.connection.run('UPDATE items SET fields = ? WHERE id = ?', now, id);
    fields.change(id, before, now);
    return true;
  }
}
