import type { Explanation } from '../../src/explain/explanation.ts';
import type {
  CollectionSummary,
  Facet,
  Image,
  ImagePage,
  Problem,
  Query,
  SearchResult,
} from '../../src/server/schemas.ts';

/** An error of the server, or of the way to it, with what to do about it. */
export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.title);
    this.name = 'ApiError';
    this.problem = problem;
  }
}

/** Pixels as stored, for the viewer. */
export interface StoredPixels {
  width: number;
  height: number;
  channels: 1 | 3;
  bits: 8 | 16;
  data: Uint8Array | Uint16Array;
  /** The values to show as black and white at first. */
  windowLow: number;
  windowHigh: number;
}

/** Lists the collections. */
export async function listCollections(signal?: AbortSignal): Promise<CollectionSummary[]> {
  const answer = await getJson<{ collections: CollectionSummary[] }>('api/collections', signal);
  return answer.collections;
}

/** Lists the values of the fields with their counts. */
export async function listFacets(
  collection: string,
  where: string,
  signal?: AbortSignal,
): Promise<Facet[]> {
  const parameters = whereParameters(where);
  const answer = await getJson<{ facets: Facet[] }>(
    withParameters(`${collectionPath(collection)}/facets`, parameters),
    signal,
  );
  return answer.facets;
}

/** One page of the images that match. */
export function listImages(
  collection: string,
  where: string,
  offset: number,
  limit: number,
  signal?: AbortSignal,
): Promise<ImagePage> {
  const parameters = whereParameters(where);
  parameters.set('offset', String(offset));
  parameters.set('limit', String(limit));
  return getJson(withParameters(`${collectionPath(collection)}/images`, parameters), signal);
}

/** One image. */
export function getImage(collection: string, id: number, signal?: AbortSignal): Promise<Image> {
  return getJson(imagePath(collection, id), signal);
}

/**
 * Searches with what the query names.
 * @param picture the query's file 0, which goes to this server only
 */
export async function search(
  collection: string,
  query: Query,
  picture: File | null,
  signal?: AbortSignal,
): Promise<SearchResult> {
  const body = new FormData();
  body.set('query', JSON.stringify(query));
  if (picture) body.set('file', picture, picture.name || 'picture');
  const path = `${collectionPath(collection)}/query`;
  const response = await request(path, { method: 'POST', body }, signal);
  return (await response.json()) as SearchResult;
}

/** What makes an image like the query to an encoder. */
export async function explain(
  collection: string,
  query: { query: number } | { file: File },
  result: number,
  encoder: string | null,
  signal?: AbortSignal,
): Promise<Explanation> {
  const body = new FormData();
  if ('file' in query) body.set('file', query.file, query.file.name || 'picture');
  else body.set('query', String(query.query));
  body.set('result', String(result));
  if (encoder) body.set('encoder', encoder);
  const path = `${collectionPath(collection)}/explain`;
  const response = await request(path, { method: 'POST', body }, signal);
  return (await response.json()) as Explanation;
}

/** The image's pixels in their own depth. */
export async function getPixels(
  collection: string,
  image: Image,
  signal?: AbortSignal,
): Promise<StoredPixels> {
  const path = `${imagePath(collection, image.id)}/pixels?v=${image.contentHash}`;
  const response = await request(path, {}, signal);
  const [width = 0, height = 0, channels = 0, bits = 0, windowLow = 0, windowHigh = 0] = [
    'X-Width',
    'X-Height',
    'X-Channels',
    'X-Bits',
    'X-Window-Low',
    'X-Window-High',
  ].map((name) => Number(response.headers.get(name)));
  const buffer = await response.arrayBuffer();
  const layoutKnown = (channels === 1 || channels === 3) && (bits === 8 || bits === 16);
  if (!layoutKnown || buffer.byteLength !== width * height * channels * (bits / 8)) {
    throw new ApiError(unexpected('The pixels do not have the size that was announced.', 0));
  }
  // The server sends little endian, the order of every platform that browsers run on.
  const data = bits === 8 ? new Uint8Array(buffer) : new Uint16Array(buffer);
  return { width, height, channels, bits, data, windowLow, windowHigh };
}

/** Address of the small picture. The content hash lets the browser keep it for good. */
export function thumbnailAddress(collection: string, image: Image, edge = 256): string {
  return `${imagePath(collection, image.id)}/thumbnail?edge=${edge}&v=${image.contentHash}`;
}

/** Address of the picture in full size. */
export function pictureAddress(collection: string, image: Image): string {
  return `${imagePath(collection, image.id)}/rendered?v=${image.contentHash}`;
}

/** Address of the small picture when only its number is known. */
export function thumbnailAddressById(collection: string, id: number): string {
  return `${imagePath(collection, id)}/thumbnail?edge=256`;
}

/** Any failure as a problem to show. */
export function toProblem(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  return unexpected(error instanceof Error ? error.message : String(error), 0);
}

function collectionPath(collection: string): string {
  return `api/collections/${encodeURIComponent(collection)}`;
}

function imagePath(collection: string, id: number): string {
  return `${collectionPath(collection)}/images/${id}`;
}

function whereParameters(where: string): URLSearchParams {
  return new URLSearchParams(where === '' ? {} : { where });
}

function withParameters(path: string, parameters: URLSearchParams): string {
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}

async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await request(path, {}, signal);
  return (await response.json()) as T;
}

async function request(path: string, init: RequestInit, signal?: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, signal ? { ...init, signal } : init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError({
      type: 'about:blank',
      title: 'The server does not answer',
      status: 0,
      detail: 'The request did not reach Semblance, or its answer did not come back.',
      code: 'UNREACHABLE',
      advice: 'Check that Semblance is still running, then try again.',
    });
  }
  if (!response.ok) throw new ApiError(await readProblem(response));
  return response;
}

async function readProblem(response: Response): Promise<Problem> {
  try {
    const problem = (await response.json()) as Partial<Problem>;
    if (typeof problem.title === 'string') {
      return {
        type: problem.type ?? 'about:blank',
        title: problem.title,
        status: problem.status ?? response.status,
        detail: problem.detail ?? '',
        code: problem.code ?? '',
        advice: problem.advice ?? '',
      };
    }
  } catch {
    // Not a problem document: a proxy, for instance, answered in the server's place.
  }
  return unexpected(`The server answered with status ${response.status}.`, response.status);
}

function unexpected(detail: string, status: number): Problem {
  return {
    type: 'about:blank',
    title: 'That did not work',
    status,
    detail,
    code: 'UNEXPECTED',
    advice: 'Try again; if it stays so, look at the output of the server.',
  };
}
