import { readsDifferently } from '../images/reading.ts';
import type { Changes, CollectionState, ImageChanges } from './collection-state.ts';
import type { Connection } from './connection.ts';
import { fileHashOf, nameWithoutFile } from './content-name.ts';
import type { EmbeddingTable } from './embedding-table.ts';
import type { FieldTable } from './field-table.ts';
import { listed } from './filter.ts';
import type { ImageContent, ImageDescription } from './records.ts';
import type { ImagePlace } from './source-table.ts';

/** One image to write, with its new embeddings by encoder id. */
export interface ImageWrite {
  description: ImageDescription;
  /** Undefined when the file was not read: what is known of it stays. */
  content?: ImageContent | undefined;
  embeddings: ReadonlyMap<number, Float32Array>;
  /**
   * The image that was renamed to this path: it keeps its id and its embeddings. Without effect when
   * it has gone or changed meanwhile, or the path is taken.
   */
  renamedFrom?: ImagePlace | undefined;
}

/** What is stored of a file's picture. */
interface StoredPicture {
  id: number;
  content_hash: string;
  facts: string;
  phash: string | null;
  patient: string | null;
  study: string | null;
  series: string | null;
  labels: string;
  metadata: string;
}

/** Whether a stored description is not this one. */
function isOtherDescription(old: StoredPicture, { labels, metadata, ...rest }: ImageDescription) {
  return (
    old.patient !== rest.patient ||
    old.study !== rest.study ||
    old.series !== rest.series ||
    old.labels !== JSON.stringify(labels) ||
    old.metadata !== JSON.stringify(metadata)
  );
}

/** What is stored of an image's description. */
interface StoredDescription {
  id: number;
  patient: string | null;
  study: string | null;
  series: string | null;
  labels: string;
  metadata: string;
}

/** Whether the file has another content, or gives other pixels than when it was stored. */
function isOtherPicture(old: StoredPicture, content: ImageContent): boolean {
  if (old.content_hash !== content.contentHash) return true;
  return readsDifferently({ decoding: JSON.parse(old.facts), perceptualHash: old.phash }, content);
}

/** The columns of an image that only its embedding is known of. */
function withoutFile(sourceId: number, path: string): ImageContent {
  return {
    contentHash: nameWithoutFile(sourceId, path),
    bytes: 0,
    width: 0,
    height: 0,
    decoding: { format: 'unread', bits: 0, colour: 'unread', orientation: 1, pages: 0 },
  };
}

/** Writes, renames and removes images, with their fields and embeddings. */
export class ImageWriter {
  constructor(
    private readonly connection: Connection,
    private readonly state: CollectionState,
    private readonly embeddings: EmbeddingTable,
    private readonly fields: FieldTable,
  ) {}

  /**
   * Writes images with their embeddings: all of them or none. An image whose content has changed, or
   * is read differently today, loses the embeddings of its old content; one that was never read keeps those it was given.
   */
  write(sourceId: number, images: readonly ImageWrite[]): void {
    if (images.length === 0) return;
    this.connection.write(() => {
      const changed: Changes = new Map();
      const known = this.knownPaths(sourceId, images);
      const added = new Map<number, ImageDescription>();
      const changes: ImageChanges = { more: 0, described: [] };
      for (const image of images) {
        this.writeOne(sourceId, image, changed, known, added, changes.described);
      }
      this.fields.writeNew(added);
      changes.more = added.size;
      this.state.bump(changed, changes);
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
      const changed = images.filter(
        (image) => !known.has(image.description.path) || !this.isStored(sourceId, image),
      );
      this.write(sourceId, changed);
      return changed.length;
    });
  }

  /** Whether the image's description and embeddings are stored as they are; of its file nothing is asked. */
  private isStored(sourceId: number, { description, embeddings }: ImageWrite): boolean {
    const known = this.connection.get<StoredDescription>(
      'SELECT id, patient, study, series, labels, metadata FROM images WHERE source_id = ? AND path = ?',
      sourceId,
      description.path,
    );
    if (known === undefined) return false;
    const { id, ...stored } = known;
    const { patient, study, series, labels, metadata } = description;
    const same =
      stored.patient === patient &&
      stored.study === study &&
      stored.series === series &&
      stored.labels === JSON.stringify(labels) &&
      stored.metadata === JSON.stringify(metadata);
    return (
      same &&
      [...embeddings].every(([encoderId, vector]) => {
        const kept = this.embeddings.get(encoderId, id);
        return kept?.length === vector.length && kept.every((value, i) => value === vector[i]);
      })
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
      for (const { id, path } of images) {
        const image = this.connection.get(
          'SELECT 1 FROM images WHERE id = ? AND path = ?',
          id,
          path,
        );
        if (image === undefined) continue;
        this.embeddings.removeOf(id, changed);
        this.connection.run('DELETE FROM images WHERE id = ?', id);
        removed.push(id);
      }
      const { length } = removed;
      if (length > 0) this.state.bump(changed, { more: -length, described: removed });
      return length;
    });
  }

  /** Renews the description of a known image. */
  describe(id: number, description: ImageDescription): void {
    this.connection.write(() => {
      this.writeDescription(id, description);
      this.state.bump(new Map(), { more: 0, described: [id] });
    });
  }

  /** Adds the perceptual hash of an image that was indexed before there were any. */
  setPerceptualHash(id: number, hash: string): void {
    this.connection.write(() =>
      this.connection.run('UPDATE images SET phash = ? WHERE id = ?', hash, id),
    );
  }

  /**
   * @param known paths of the source's images, those that were written before included
   * @param added descriptions of new images, whose fields are to be written when all images are
   */
  private writeOne(
    sourceId: number,
    image: ImageWrite,
    changed: Changes,
    known: Set<string>,
    added: Map<number, ImageDescription>,
    described: number[],
  ): void {
    const { description, content, embeddings, renamedFrom } = image;
    if (renamedFrom !== undefined && content !== undefined) {
      const renamed = this.connection.run(
        `UPDATE OR IGNORE images SET source_id = ?, path = ?
         WHERE id = ? AND source_id = ? AND path = ? AND content_hash = ?`,
        sourceId,
        description.path,
        renamedFrom.id,
        renamedFrom.sourceId,
        renamedFrom.path,
        content.contentHash,
      );
      if (renamed > 0 && renamedFrom.sourceId === sourceId) known.delete(renamedFrom.path);
      if (renamed > 0) known.add(description.path);
    }
    const old = known.has(description.path)
      ? this.connection.get<StoredPicture>(
          `SELECT id, content_hash, facts, phash, patient, study, series, labels, metadata
           FROM images WHERE source_id = ? AND path = ?`,
          sourceId,
          description.path,
        )
      : undefined;
    if (old === undefined) {
      known.add(description.path);
      const read = content ?? withoutFile(sourceId, description.path);
      const id = this.insert(sourceId, description, read);
      added.set(id, description);
      for (const [encoderId, vector] of embeddings) {
        this.embeddings.put(encoderId, id, vector, changed, true);
      }
      return;
    }
    if (isOtherDescription(old, description)) described.push(old.id);
    const { id } = old;
    if (content !== undefined) {
      // One that was never read keeps the embeddings that it was given.
      if (fileHashOf(old.content_hash) !== null && isOtherPicture(old, content)) {
        this.embeddings.removeOf(id, changed);
      }
      this.writeContent(id, content);
    }
    this.writeDescription(id, description, added);
    for (const [encoderId, vector] of embeddings) {
      this.embeddings.put(encoderId, id, vector, changed);
    }
  }

  /** Writes a new image without fields and embeddings and gives its id. */
  private insert(sourceId: number, description: ImageDescription, content: ImageContent): number {
    return this.connection.insert(
      `INSERT INTO images (source_id, path, content_hash, bytes, width, height,
         patient, study, series, labels, metadata, facts, phash)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      sourceId,
      description.path,
      content.contentHash,
      content.bytes,
      content.width,
      content.height,
      description.patient,
      description.study,
      description.series,
      JSON.stringify(description.labels),
      JSON.stringify(description.metadata),
      JSON.stringify(content.decoding),
      content.perceptualHash ?? null,
    );
  }

  /** Renews what reading the file gave. */
  private writeContent(id: number, content: ImageContent): void {
    this.connection.run(
      `UPDATE images SET content_hash = ?, bytes = ?, width = ?, height = ?, facts = ?, phash = ?
       WHERE id = ?`,
      content.contentHash,
      content.bytes,
      content.width,
      content.height,
      JSON.stringify(content.decoding),
      content.perceptualHash ?? null,
      id,
    );
  }

  /** @param added images whose fields are written later */
  private writeDescription(
    id: number,
    description: ImageDescription,
    added: Map<number, ImageDescription> = new Map(),
  ): void {
    this.connection.run(
      'UPDATE images SET patient = ?, study = ?, series = ?, labels = ?, metadata = ? WHERE id = ?',
      description.patient,
      description.study,
      description.series,
      JSON.stringify(description.labels),
      JSON.stringify(description.metadata),
      id,
    );
    if (added.has(id)) added.set(id, description);
    else this.fields.write(id, description);
  }
}
