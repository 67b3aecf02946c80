import type { ExportedEmbeddings, ImportedEmbeddings } from '../contract/exchange.ts';
import { errorData, SemblanceError } from '../domain/errors/error.ts';
import type { LazySource } from '../indexing/source.ts';
import { chooseEncoder } from '../search/choose-encoder.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import { type Call, counting } from './call.ts';
import type { OpenCollections } from './open-collections.ts';
import type { Selection } from './selection.ts';

const ENCODER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const NO_PATIENTS =
  'The patient of no image is known: each counts as of a patient of its own, so nothing can be grouped, left out or divided by patient.';

/** Which embeddings are written where. */
export interface ExportRequest extends Selection {
  /** File to write; its ending decides the format: .h5, .index (faiss), .npy, .csv, .parquet. */
  to: string;
  /** By default that of the collection. */
  encoder?: string | undefined;
  /** Scales to length 1; always done for a faiss index of inner products. */
  normalise?: boolean | undefined;
}

/** Embeddings that another program made. */
export interface ImportRequest {
  /** It is made when it is absent. */
  collection: string;
  /** Files of embeddings: .h5, .index (faiss), .npy, .csv, .parquet. */
  files: readonly string[];
  /** What to call the encoder that made them. */
  encoder: string;
  /** Data sets that describe the images. */
  csv: readonly string[];
  /** List of the rows' paths, where the format has none of its own. */
  paths?: string | undefined;
}

/** Exchanges embeddings with other programs. */
export class ExchangeService {
  /** @internal */
  constructor(
    private readonly collections: OpenCollections,
    private readonly directory: DataDirectory,
  ) {}

  /**
   * Writes the embeddings of a collection to a file.
   * @throws SemblanceError EMBEDDINGS_UNSUPPORTED, COLLECTION_NOT_FOUND, COLLECTION_EMPTY,
   *   ENCODER_NOT_FOUND, QUERY_INVALID, DISK_FULL
   */
  async export({ signal, progress }: Call, request: ExportRequest): Promise<ExportedEmbeddings> {
    const { collection, to, filter = [], where, normalise } = request;
    const { formatOf } = await import('../study/exchange/formats.ts');
    const format = formatOf(to);
    const { CollectionEmbeddings } = await import('../study/exchange/export-collection.ts');
    return this.collections.use(collection, async ({ store }) => {
      const encoder = chooseEncoder(store, request.encoder);
      const selected = store.fields.filter(filter, where);
      const options = {
        normalise: normalise || format.name === 'faiss',
        signal,
        onLook: counting({ signal, progress }, { unit: 'embeddings', of: collection }),
        onProgress: counting({ signal, progress }, { unit: 'embeddings', of: to }),
      };
      const written = store.snapshot(async (state) => {
        const rows = await CollectionEmbeddings.select(state, encoder, selected, options);
        await format.write(to, rows);
        return {
          file: to,
          format: format.name,
          encoder: encoder.name,
          embeddings: rows.paths.length,
          dimension: rows.dimension,
          excluded: rows.excluded.map(errorData),
        };
      }, signal);
      return written.catch((error) => {
        signal?.throwIfAborted();
        throw error;
      });
    });
  }

  /**
   * Puts embeddings into a collection; no image file is needed. One that is ended by its signal keeps what
   * was written and says so by `complete`.
   * @throws SemblanceError USAGE, EMBEDDINGS_INVALID, EMBEDDINGS_UNSUPPORTED, EMBEDDING_MISSING,
   *   PATH_NOT_FOUND, PATH_NOT_READABLE, CSV_INVALID, DISK_FULL, COLLECTION_BUSY
   */
  async import(call: Call, request: ImportRequest): Promise<ImportedEmbeddings> {
    const { signal, progress } = call;
    const { collection, encoder, csv } = request;
    if (!ENCODER_NAME.test(encoder)) {
      throw new SemblanceError('USAGE', `"${encoder}" cannot be the name of an encoder.`);
    }
    if (csv.length === 0) {
      throw new SemblanceError('USAGE', 'Give the data set that describes the images: --csv.');
    }
    const { importEmbeddings } = await import('../study/exchange/import-collection.ts');
    const read = await this.read(call, request).catch((error) => {
      if (!signal?.aborted) throw error;
    });
    if (read === undefined) {
      const nothing = { tables: [], unused: [], excluded: [] };
      return { collection, encoder, dimension: 0, imported: 0, complete: false, ...nothing };
    }
    const { sources, vectors } = read;
    const { imported, complete, unused, missing } = await this.directory
      .whileOpen(
        collection,
        (store) =>
          importEmbeddings(store, encoder, sources, vectors, {
            ...(signal && { signal }),
            onProgress: (done, total) => progress?.(done, total, { unit: 'images' }),
          }),
        { create: true },
      )
      .finally(() => vectors.close());
    const { dimension, excluded } = vectors;
    const tables = sources.flatMap(({ table, knownPatients }) =>
      table === undefined
        ? []
        : { ...table, notes: [...table.notes, ...(knownPatients === 0 ? [NO_PATIENTS] : [])] },
    );
    const rows = sources.flatMap(({ failures, table }) => [
      ...failures,
      ...(table?.problems ?? []),
    ]);
    return {
      collection,
      encoder,
      dimension,
      imported,
      complete,
      unused,
      tables: tables.map(({ problems: _, ...report }) => report),
      excluded: [...excluded, ...missing, ...rows].map(errorData),
    };
  }

  /** Reads tables and embeddings. @throws also the signal's reason */
  private async read({ signal, progress }: Call, { files, csv, paths }: ImportRequest) {
    const { openSource } = await import('../indexing/read-source.ts');
    const { readToFile } = await import('../study/exchange/formats.ts');
    const sources: LazySource[] = [];
    for (const file of csv) {
      const onBytes = counting({ signal, progress }, { unit: 'bytes', of: file });
      sources.push(await openSource(file, onBytes));
    }
    this.directory.create();
    let [file, last] = [0, 0];
    const vectors = await readToFile(files, this.directory.folder, {
      ...(paths !== undefined && { paths }),
      signal,
      onProgress: (done, total) => {
        if (done <= last) file += 1;
        last = done;
        progress?.(done, total, { unit: 'embeddings', of: files[file] ?? '' });
      },
    });
    return { sources, vectors };
  }
}
