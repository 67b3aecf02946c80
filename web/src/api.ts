import type {
  CollectionSummary,
  Facet,
  Image,
  ImagePage,
  Problem,
  Query,
  SearchResult,
} from '../../src/contract/shapes.ts';
import type { Explanation } from '../../src/domain/explanation.ts';
import { connectionLost, connectionWorks, startWaiting } from './state/connection.ts';

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
  const path = `${collectionPath(collection)}/search`;
  return readJson(await postForm(path, body, signal), signal);
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
  return readJson(await postForm(path, body, signal), signal);
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
  const buffer = await wholeBody(response.arrayBuffer(), signal);
  const layoutKnown = (channels === 1 || channels === 3) && (bits === 8 || bits === 16);
  if (!layoutKnown || buffer.byteLength !== width * height * channels * (bits / 8)) {
    throw new ApiError(unexpected('The pixels do not have the size that was announced.', 0));
  }
  // The server sends little endian, the order of every platform that browsers run on.
  const data = bits === 8 ? new Uint8Array(buffer) : new Uint16Array(buffer);
  return { width, height, channels, bits, data, windowLow, windowHigh };
}

/** An own picture as the server draws it, at most 4096 pixels a side, with the picture's own size. */
export async function previewPicture(
  file: File,
  signal?: AbortSignal,
): Promise<{ blob: Blob; width: number; height: number; decoding: Image['decoding'] }> {
  const body = new FormData();
  body.set('file', file, file.name || 'picture');
  const response = await postForm('api/preview', body, signal);
  const [width = 0, height = 0] = ['X-Width', 'X-Height'].map((name) =>
    Number(response.headers.get(name)),
  );
  const decoding = JSON.parse(response.headers.get('X-Decoding') ?? '{}') as Image['decoding'];
  return { blob: await wholeBody(response.blob(), signal), width, height, decoding };
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

/**
 * Why a picture of the server cannot be shown; null when the server does send it.
 * @throws when the signal is aborted
 */
export async function whyNoPicture(address: string, signal: AbortSignal): Promise<Problem | null> {
  try {
    const response = await request(address, {}, signal);
    await response.body?.cancel();
    return null;
  } catch (error) {
    signal.throwIfAborted();
    return toProblem(error);
  }
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
  return readJson(await request(path, {}, signal), signal);
}

async function postForm(path: string, body: FormData, signal?: AbortSignal): Promise<Response> {
  try {
    return await request(path, { method: 'POST', body }, signal);
  } catch (error) {
    // A file that is gone from the disk fails like a server that is.
    for (const file of body.values()) {
      if (file instanceof File && !(await isReadable(file))) {
        throw new ApiError({
          ...unexpected(`“${file.name}” was moved, changed or removed since it was chosen.`, 0),
          title: 'Your picture can no longer be read',
          code: 'PICTURE_GONE',
          advice: 'Choose it again.',
        });
      }
    }
    throw error;
  }
}

async function isReadable(file: File): Promise<boolean> {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

/** Reads a body to its end; the way to the server can be lost in the middle of it. */
async function readJson<T>(response: Response, signal?: AbortSignal): Promise<T> {
  const text = await wholeBody(response.text(), signal);
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new ApiError(unexpected('The answer of the server cannot be read.', 502));
  }
}

async function wholeBody<T>(body: Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await body;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreachable();
  }
}

/** How long a busy server is waited for altogether, in milliseconds. */
const PATIENCE = 120_000;

/**
 * Asks the server. While it says that it is busy and when to come again (503 with `Retry-After`),
 * the request waits and is made again.
 */
async function request(path: string, init: RequestInit, signal?: AbortSignal): Promise<Response> {
  const end = performance.now() + PATIENCE;
  for (;;) {
    const asked = performance.now();
    const response = await requestOnce(path, init, signal);
    if (response.ok) {
      connectionWorks(asked);
      return response;
    }
    const seconds = response.status === 503 ? retryAfter(response) : null;
    if (seconds === null || performance.now() + seconds * 1000 > end) {
      throw new ApiError(await readProblem(response));
    }
    const done = startWaiting();
    try {
      // Apart from one another, or all who wait come at once again.
      await pause(seconds * 1000 * (1 + Math.random() / 4), signal);
    } finally {
      done();
    }
  }
}

async function requestOnce(
  path: string,
  init: RequestInit,
  signal?: AbortSignal,
): Promise<Response> {
  try {
    return await fetch(path, signal ? { ...init, signal } : init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreachable();
  }
}

/** The seconds of a `Retry-After`, at least one half; null without one. A date is one, too. */
function retryAfter(response: Response): number | null {
  const text = response.headers.get('Retry-After')?.trim() ?? '';
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? null : Math.max(0.5, seconds);
}

/** Waits; ends with the signal's reason when that comes first. */
function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

function unreachable(): ApiError {
  connectionLost();
  return new ApiError({
    type: 'about:blank',
    title: 'The server does not answer',
    status: 0,
    detail: 'The request did not reach Semblance, or its answer did not come back.',
    code: 'UNREACHABLE',
    advice: 'Check that Semblance is still running, then try again.',
  });
}

async function readProblem(response: Response): Promise<Problem> {
  const { status } = response;
  try {
    const problem = (await response.json()) as Partial<Problem>;
    if (typeof problem.title === 'string') {
      return {
        type: problem.type ?? 'about:blank',
        title: problem.title,
        status: problem.status ?? status,
        detail: problem.detail ?? '',
        code: problem.code ?? '',
        advice: problem.advice ?? '',
      };
    }
  } catch {
    // Not a problem document: a proxy, for instance, answered in the server's place.
  }
  if (status === 414 || status === 431) {
    return {
      ...unexpected('Its address is longer than the server takes.', status),
      title: 'The filter is too long',
      code: 'QUERY_INVALID',
      advice: 'Remove some of its conditions; a star stands for any text: label:XR/*.',
    };
  }
  return unexpected(`The server answered with status ${status}.`, status);
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
