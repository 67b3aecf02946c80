import { statSync } from 'node:fs';
import type { ExportedEmbeddings, ImportedEmbeddings } from '../contract/exchange.ts';
import { errorData, SemblanceError } from '../domain/errors/error.ts';
import type { LazySource } from '../indexing/source.ts';
import { chooseEncoder } from '../search/choose-encoder.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import { type Call, counting } from './call.ts';
import type { OpenCollections } from './open-collections.ts';
import type { Selection } from './selection.ts';
import { WholeCall } from './whole-call.ts';

/** Roughly what an import takes for each byte that is read, and then for what is written of it. */
const SECONDS = { tableByte: 6e-8, vectorByte: 6e-8, describedByte: 1.5e-7, writtenByte: 2e-8 };

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

/** Bytes of files; what is absent is said where it is read. */
const bytesOf = (files: readonly string[]) =>
  files.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);

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
  async export(
    { signal, progress, gave }: Call,
    request: ExportRequest,
  ): Promise<ExportedEmbeddings> {
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
        gave?.(collection, [...rows.ids]);
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
    const { signal } = call;
    const { collection, encoder, csv } = request;
    if (!ENCODER_NAME.test(encoder)) {
      throw new SemblanceError('USAGE', `"${encoder}" cannot be the name of an encoder.`);
    }
    if (csv.length === 0) {
      throw new SemblanceError('USAGE', 'Give the data set that describes the images: --csv.');
    }
    const { importEmbeddings } = await import('../study/exchange/import-collection.ts');
    const [tableBytes, vectorBytes] = [bytesOf(csv), bytesOf(request.files)];
    const whole = new WholeCall(call, {
      tables: tableBytes * SECONDS.tableByte,
      embeddings: vectorBytes * SECONDS.vectorByte,
      images: tableBytes * SECONDS.describedByte + vectorBytes * SECONDS.writtenByte,
    });
    const read = await this.read(call, request, whole).catch((error) => {
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
            onProgress: (done, total) =>
              whole.progress('images')(done, total, { unit: 'images', of: collection }),
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
  private async read(
    { signal }: Call,
    { files, csv, paths }: ImportRequest,
    whole: WholeCall<'tables' | 'embeddings' | 'images'>,
  ) {
    const { openSource } = await import('../indexing/read-source.ts');
    const { readToFile } = await import('../study/exchange/formats.ts');
    const sources: LazySource[] = [];
    for (const [i, file] of csv.entries()) {
      const onBytes = whole.within(
        'tables',
        bytesOf(csv.slice(0, i)),
        bytesOf([file]),
        bytesOf(csv),
      );
      sources.push(
        await openSource(file, (done, total) => {
          signal?.throwIfAborted();
          onBytes(done, total, { unit: 'bytes', of: file });
        }),
      );
    }
    this.directory.create();
    // Looked up once: an archive's million pieces each tell how far they are.
    const sizes = files.map((file) => bytesOf([file]));
    const all = sizes.reduce((sum, size) => sum + size, 0);
    let [file, before, last] = [0, 0, 0];
    const vectors = await readToFile(files, this.directory.folder, {
      ...(paths !== undefined && { paths }),
      signal,
      onProgress: (done, total) => {
        if (done <= last) {
          before += sizes[file] ?? 0;
          file += 1;
        }
        last = done;
        const told = whole.within('embeddings', before, sizes[file] ?? 0, all);
        told(done, total, { unit: 'embeddings', of: files[file] ?? '' });
      },
    });
    return { sources, vectors };
  }
}
