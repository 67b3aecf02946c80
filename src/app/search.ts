import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { FolderSearch, PictureSearch } from '../contract/folder-search.ts';
import { DEFAULT_K, type SearchQuery, type SearchResult } from '../contract/shapes.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import { leftOutText } from '../domain/left-out.ts';
import type { SearchLevel } from '../domain/levels.ts';
import type { QueryPart } from '../domain/query.ts';
import { readImageFile } from '../images/read.ts';
import { compareAnswers } from '../search/compare.ts';
import { toAnswer } from './answers.ts';
import type { Call } from './call.ts';
import type { FolderSearchRequest } from './folder-search-request.ts';
import type { OpenCollections } from './open-collections.ts';

/** A search, with the pictures that its parts name by number. */
export interface SearchRequest extends SearchQuery {
  collection: string;
  /** Contents of picture files, or paths of them, or of folders of one series or study each; they are not kept. */
  files?: readonly (Uint8Array | string)[];
  /** Find nothing but what is known to be of a SOP instance of DICOM. */
  instancesOnly?: boolean;
}

/** Finds images that look alike. */
export class SearchService {
  /** @internal */
  constructor(private readonly collections: OpenCollections) {}

  /**
   * The neighbours of a query, and with `compare` those of another encoder beside them.
   * @throws SemblanceError COLLECTION_NOT_FOUND, COLLECTION_EMPTY, ENCODER_NOT_FOUND,
   *   TEXT_NOT_SUPPORTED, QUERY_INVALID, REQUEST_INVALID, IMAGE_NOT_FOUND, PATH_NOT_FOUND,
   *   PATH_NOT_READABLE, PATH_NOT_A_FILE, and those of decoding and encoding
   */
  async search({ signal }: Call, request: SearchRequest): Promise<SearchResult> {
    const { collection, encoder, compare, level = 'image', filter = [], where = '' } = request;
    const files: QueryFile[] = [];
    for (const file of request.files ?? []) {
      files.push(typeof file === 'string' ? await openFile(file, level) : file);
    }
    const parts = request.parts.map((part) => partOf(part, files));
    const needsText = parts.some(({ kind }) => kind === 'text');
    const { k = DEFAULT_K, exclude, groupBy, diversify, feedback } = request;
    return this.collections.use(collection, async (opened) => {
      const selected = opened.store.fields.filter(filter, where);
      const { instancesOnly } = request;
      const chosen = { k, level, filter: selected, exclude, groupBy, diversify, feedback };
      const asked = { ...chosen, instancesOnly, signal };
      const answerOf = async (encoders: string | undefined) => {
        const searcher = await opened.searcher(encoders, needsText);
        return { encoder: searcher.space.name, ...(await searcher.search(parts, asked)) };
      };
      const answer = await answerOf(encoder);
      const result = { collection, ...toAnswer(answer) };
      if (compare === undefined) return result;
      const other = await answerOf(compare);
      return { ...result, comparison: { ...toAnswer(other), ...compareAnswers(answer, other) } };
    });
  }

  /**
   * The neighbours of each picture of a folder. A picture that cannot be read or encoded does not end it. One that is
   * ended by its signal is not complete.
   * @param take is told what each picture came to, in the order of their paths
   * @throws SemblanceError COLLECTION_NOT_FOUND, COLLECTION_EMPTY, ENCODER_NOT_FOUND, QUERY_INVALID, SOURCE_EMPTY,
   *   PATH_NOT_FOUND, PATH_NOT_READABLE, PATH_NOT_A_FILE, DISK_FULL, and those of loading an encoder
   */
  async each(
    call: Call,
    request: FolderSearchRequest,
    take?: (found: PictureSearch) => void,
  ): Promise<FolderSearch> {
    const { searchFolder } = await import('./search-folder.ts');
    return this.collections.use(request.collection, (opened) =>
      searchFolder(opened, call, request, take),
    );
  }
}

/** A file to search with: its bytes, or the files of a folder. */
type QueryFile = Uint8Array | Pick<Extract<QueryPart, { kind: 'folder' }>, 'files' | 'notes'>;

/** @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE, PATH_NOT_A_FILE, SOURCE_EMPTY */
async function openFile(path: string, level: SearchLevel): Promise<QueryFile> {
  const found = level === 'image' ? undefined : await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) return readImageFile(path);
  const { listFolder } = await import('./search-folder.ts');
  const { root, images, leftOut, failures } = await listFolder(resolve(path), {});
  return {
    files: images.map(({ path: name }) => ({ path: join(root, name), name })),
    notes: [
      ...leftOut.map((each) => `Left out of the folder: ${leftOutText(each)}.`),
      ...failures.map(({ subject, message }) => `Left out of the folder: ${subject} (${message})`),
    ],
  };
}

function partOf(part: SearchQuery['parts'][number], files: readonly QueryFile[]): QueryPart {
  const { role, weight } = part;
  const weighed = { ...(role && { role }), ...(weight !== undefined && { weight }) };
  if ('text' in part) return { kind: 'text', text: part.text, ...weighed };
  const { region, frames } = part;
  if ('image' in part) {
    return { kind: 'image', id: part.image, region, whole: part.whole, frames, ...weighed };
  }
  const file = files[part.file];
  if (file === undefined) {
    throw new SemblanceError('REQUEST_INVALID', `There is no file ${part.file}.`);
  }
  if (!(file instanceof Uint8Array)) {
    if (part.frame !== undefined || region !== undefined) {
      throw new SemblanceError(
        'REQUEST_INVALID',
        'A folder has no frame and no region of its own.',
      );
    }
    return { kind: 'folder', ...file, frames, ...weighed };
  }
  return { kind: 'picture', bytes: file, frame: part.frame, frames, region, ...weighed };
}
