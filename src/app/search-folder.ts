import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { FolderSearch, PictureSearch } from '../contract/folder-search.ts';
import { DEFAULT_K } from '../contract/shapes.ts';
import { errorData, SemblanceError } from '../domain/errors/error.ts';
import { diskPath } from '../files/archive.ts';
import { readFolderSource } from '../indexing/folder-source.ts';
import type { Source } from '../indexing/source.ts';
import type { SearchAnswer } from '../search/search-answer.ts';
import { searchPictures } from '../search/search-pictures.ts';
import type { Searcher } from '../search/searcher.ts';
import { toAnswer } from './answers.ts';
import type { Call } from './call.ts';
import type { FolderSearchRequest } from './folder-search-request.ts';
import type { OpenCollection } from './open-collection.ts';
import { ResumedFile } from './resumed-file.ts';
import { searchCsvHead, searchCsvRows } from './search-csv.ts';

/** What the pictures came to so far. */
type Counts = Pick<FolderSearch, 'searched' | 'inCollection' | 'failed' | 'failures'>;

/** See `SearchService.each`. */
export async function searchFolder(
  opened: OpenCollection,
  { signal, progress }: Call,
  request: FolderSearchRequest,
  take?: (found: PictureSearch) => void,
): Promise<FolderSearch> {
  const { collection, encoder, filter = [], where = '', csv } = request;
  const searcher = await opened.searcher(encoder);
  const folder = resolve(request.folder);
  const source = await listFolder(folder, { signal, progress });
  const files = source.images.map(({ path }) => join(folder, path));
  const called = opened.store.hidden.renamer();
  const asked = {
    k: request.k ?? DEFAULT_K,
    filter: opened.store.fields.filter(filter, where),
    ...{ exclude: request.exclude, groupBy: request.groupBy, diversify: request.diversify, signal },
  };
  const kept =
    typeof csv === 'string'
      ? new ResumedFile<Counts>(csv, keyOf(opened, searcher, files, request))
      : undefined;
  const write = (rows: string, counts: Counts) => {
    kept?.append(rows, counts);
    if (typeof csv === 'function') csv(rows);
  };
  const counts: Counts = kept?.earlier ?? {
    ...{ searched: 0, inCollection: 0, failed: 0 },
    // Files that are there and cannot be looked at are queries too.
    failures: source.failures.map(errorData),
  };
  const before = counts.searched + counts.failed;
  const tell = () => {
    const phase = { unit: 'pictures', before, skipped: counts.failed };
    progress?.(counts.searched + counts.failed, files.length, phase);
  };
  try {
    if (kept?.earlier === undefined) {
      const failed = source.failures.map((error) =>
        failureOf(called(error.subject ?? folder), error),
      );
      failed.forEach((one) => {
        take?.(one);
      });
      write([searchCsvHead(), ...failed.map(searchCsvRows)].join(''), counts);
    }
    tell();
    await searchPictures(searcher, files.slice(before), asked, (found) => {
      const start = counts.searched + counts.failed;
      const pictures = found.map((one, i) =>
        pictureSearch(one, called(source.images[start + i]?.path ?? ''), collection, searcher),
      );
      for (const { result, error } of pictures) {
        if (error !== undefined) counts.failures.push(error);
        counts[error === undefined ? 'searched' : 'failed'] += 1;
        counts.inCollection += Number((result?.copies.length ?? 0) > 0);
      }
      pictures.forEach((one) => {
        take?.(one);
      });
      write(pictures.map(searchCsvRows).join(''), counts);
      tell();
      signal?.throwIfAborted();
    });
    kept?.finish();
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    kept?.close();
  }
  const unlisted = source.failures.length;
  return {
    ...{
      collection,
      encoder: searcher.space.name,
      folder: called(folder),
      pictures: files.length + unlisted,
    },
    ...{ ...counts, failed: counts.failed + unlisted },
    complete: counts.searched + counts.failed === files.length,
    csv: typeof csv === 'string' ? csv : null,
    leftOut: source.leftOut.map((each) => ({ ...each, examples: each.examples.map(called) })),
  };
}

/**
 * The pictures of a folder.
 * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE, PATH_NOT_A_FOLDER, SOURCE_EMPTY
 */
export async function listFolder(folder: string, { progress }: Call): Promise<Source> {
  const source = await readFolderSource(folder, {
    onProgress: ({ done, total }) => progress?.(done, total, { unit: 'files' }),
  });
  if (source.images.length > 0) return source;
  throw new SemblanceError('SOURCE_EMPTY', 'It has no picture to search with.', {
    subject: folder,
  });
}

/** All that the rows depend on: the request, the pictures, and the state of the collection. */
function keyOf(
  { store }: OpenCollection,
  { space }: Searcher,
  files: readonly string[],
  { csv: _, ...request }: FolderSearchRequest,
): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([request, space.name, store.identity(), store.generation()]));
  for (const { fingerprint } of store.encoders.list()) {
    hash.update(JSON.stringify(store.encoders.calibration(fingerprint) ?? null));
  }
  for (const file of files) {
    const { size, mtimeMs } = statSync(diskPath(file), { throwIfNoEntry: false }) ?? {};
    hash.update(JSON.stringify([file, size, mtimeMs]));
  }
  return hash.digest('hex');
}

/** What a picture came to, as it leaves. */
function pictureSearch(
  found: SearchAnswer | SemblanceError,
  picture: string,
  collection: string,
  { space }: Searcher,
): PictureSearch {
  if (found instanceof SemblanceError) return failureOf(picture, found);
  return { picture, result: { collection, ...toAnswer({ encoder: space.name, ...found }) } };
}

function failureOf(picture: string, { code, message }: SemblanceError): PictureSearch {
  return { picture, error: errorData(new SemblanceError(code, message, { subject: picture })) };
}
