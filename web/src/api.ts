import {
  createSemblanceClient,
  dataOf,
  JSON_BODY,
  type Problem,
  ProblemError,
  type Schemas,
} from 'semblance-client';
import type { ApiKey, NewApiKey, OwnSession, Session, User } from '../../src/contract/access.ts';
import type { PixelValues } from '../../src/contract/dicom.ts';
import type { DocumentKind } from '../../src/contract/documents.ts';
import type { EncoderChoices } from '../../src/contract/encoders.ts';
import type { CollectionMap } from '../../src/contract/map.ts';
import type { PacsPreview, PacsTest } from '../../src/contract/pacs.ts';
import type {
  CollectionSummary,
  Facet,
  Image,
  ImagePage,
  Query,
  SearchResult,
  UnitImages,
} from '../../src/contract/shapes.ts';
import type { FolderListing, Task, TaskPreview, Tasks } from '../../src/contract/tasks.ts';
import { pictureVersion } from '../../src/domain/burned-in.ts';
import type { Explanation } from '../../src/domain/explanation.ts';
import type { Role } from '../../src/domain/roles.ts';
import { refusalOf, unexpected } from './problems.ts';
import { connectionLost, connectionWorks } from './state/connection.ts';
import type { Link } from './state/link.ts';

/** Relative, so that the page also works behind a path of another server. */
const client = createSemblanceClient({ baseUrl: '.', fetch: (asked) => request(asked) });

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
  /** Of a grey picture of DICOM: what its samples mean. */
  values?: PixelValues;
}

/** Lists the collections. */
export async function listCollections(signal?: AbortSignal): Promise<CollectionSummary[]> {
  const answer = await read(client.GET('/api/v1/collections', abortedBy(signal)), signal);
  return answer.collections;
}

/** Who is logged in, and what he may do. */
export function getSession(signal?: AbortSignal): Promise<Session> {
  return read(client.GET('/api/v1/session', abortedBy(signal)), signal);
}

/** Begins a session. */
export function logIn(name: string, password: string): Promise<unknown> {
  return read(client.POST('/api/v1/session', { body: { name, password } }));
}

/** Where to log in by the provider. */
export async function beginProvided(): Promise<string> {
  return (await read(client.POST('/api/v1/session/provider'))).url;
}

/** Begins a session with the query of the address that the provider sent back to. */
export function finishProvided(query: string): Promise<unknown> {
  const body = { ...JSON_BODY, body: { query } };
  return read(client.POST('/api/v1/session/provider/answer', body));
}

/** Ends the session. @returns where to end it at the provider, too; null where it was not begun there */
export function logOut(): Promise<{ url: string | null }> {
  return read(client.POST('/api/v1/session/end'));
}

/** Changes the own password, which ends the session. */
export function changePassword(old: string, password: string): Promise<User> {
  return read(client.POST('/api/v1/session/password', { ...JSON_BODY, body: { old, password } }));
}

/** Where a user is logged in; by default whoever asks. */
export async function listSessions(
  user: string | null,
  signal?: AbortSignal,
): Promise<OwnSession[]> {
  const asked =
    user === null
      ? client.GET('/api/v1/sessions', abortedBy(signal))
      : client.GET('/api/v1/users/{user}/sessions', {
          params: { path: { user } },
          ...abortedBy(signal),
        });
  return (await read(asked, signal)).sessions;
}

/** Ends one of one's own sessions; who logs in by a provider gives no password. */
export function endSession(id: number, password: string | undefined): Promise<unknown> {
  const params = { path: { id } };
  const body = password === undefined ? {} : { password };
  return read(client.POST('/api/v1/sessions/{id}/end', { ...JSON_BODY, params, body }));
}

/** Ends a session of a user. */
export function endUserSession(user: string, id: number): Promise<unknown> {
  const params = { path: { user, id } };
  return read(client.POST('/api/v1/users/{user}/sessions/{id}/end', { params }));
}

/** A role that is given or, as `none`, taken away: in some collections, or without them in every one. */
export interface RoleChange {
  role: Role | 'none';
  collections?: string[];
}

/** Who may use the server. */
export async function listUsers(signal?: AbortSignal): Promise<User[]> {
  return (await read(client.GET('/api/v1/users', abortedBy(signal)), signal)).users;
}

/** Adds a user. */
export function addUser(body: { name: string; password: string } & RoleChange): Promise<User> {
  return read(client.POST('/api/v1/users', { ...JSON_BODY, body }));
}

/** Gives a user a role, or takes it away. */
export function setUserRole(user: string, body: RoleChange): Promise<User> {
  const params = { path: { user } };
  return read(client.POST('/api/v1/users/{user}/role', { ...JSON_BODY, params, body }));
}

/** Sets the password of another user. */
export function setUserPassword(user: string, password: string): Promise<User> {
  const params = { path: { user } };
  return read(
    client.POST('/api/v1/users/{user}/password', { ...JSON_BODY, params, body: { password } }),
  );
}

/** Lets a user log in no more, or again. */
export function setUserDisabled(user: string, disabled: boolean): Promise<User> {
  const params = { path: { user } };
  return read(
    client.POST('/api/v1/users/{user}/disabled', { ...JSON_BODY, params, body: { disabled } }),
  );
}

/** Removes a user. */
export function removeUser(user: string): Promise<unknown> {
  return read(client.DELETE('/api/v1/users/{user}', { params: { path: { user } } }));
}

/** Keys of programs. */
export async function listKeys(signal?: AbortSignal): Promise<ApiKey[]> {
  return (await read(client.GET('/api/v1/keys', abortedBy(signal)), signal)).keys;
}

/** Makes a key, whose secret is told this once. */
export function addKey(body: { name: string; days: number } & RoleChange): Promise<NewApiKey> {
  return read(client.POST('/api/v1/keys', { ...JSON_BODY, body }));
}

/** Revokes a key. */
export function revokeKey(id: number): Promise<unknown> {
  return read(client.DELETE('/api/v1/keys/{id}', { params: { path: { id } } }));
}

/** Makes an empty collection. */
export function createCollection(name: string): Promise<unknown> {
  return read(client.POST('/api/v1/collections', { ...JSON_BODY, body: { name } }));
}

/** Copies a collection, or gives it another name. */
export function moveCollection(
  how: 'copy' | 'rename',
  collection: string,
  to: string,
): Promise<unknown> {
  const options = { ...JSON_BODY, params: { path: { collection } }, body: { to } };
  return how === 'copy'
    ? read(client.POST('/api/v1/collections/{collection}/copy', options))
    : read(client.POST('/api/v1/collections/{collection}/rename', options));
}

/** Removes a collection. @param confirm its name once more */
export function deleteCollection(collection: string, confirm: string): Promise<unknown> {
  const params = { path: { collection }, query: { confirm } };
  return read(client.DELETE('/api/v1/collections/{collection}', { params }));
}

/** Lists the values of the fields with their counts. */
export async function listFacets(
  collection: string,
  where: string,
  signal?: AbortSignal,
): Promise<Facet[]> {
  const params = { path: { collection }, query: filteredBy(where) };
  const answer = await read(
    client.GET('/api/v1/collections/{collection}/facets', { params, ...abortedBy(signal) }),
    signal,
  );
  return answer.facets;
}

/** The images of a collection in the plane, grouped by a field. */
export function mapOf(
  collection: string,
  encoder: string | null,
  field: string,
  signal?: AbortSignal,
): Promise<CollectionMap> {
  const params = { path: { collection }, query: { field, ...(encoder !== null && { encoder }) } };
  return read(
    client.GET('/api/v1/collections/{collection}/map', { params, ...abortedBy(signal) }),
    signal,
  );
}

/**
 * One page of the images that match.
 * @param after the last image of the page before; undefined for the first page
 */
export function listImages(
  collection: string,
  where: string,
  after: number | undefined,
  limit: number,
  signal?: AbortSignal,
): Promise<ImagePage> {
  const place = after === undefined ? {} : { after };
  const params = { path: { collection }, query: { ...filteredBy(where), ...place, limit } };
  return read(
    client.GET('/api/v1/collections/{collection}/images', { params, ...abortedBy(signal) }),
    signal,
  );
}

/** One image. */
export function getImage(collection: string, id: number, signal?: AbortSignal): Promise<Image> {
  const params = { path: { collection, id } };
  return read(
    client.GET('/api/v1/collections/{collection}/images/{id}', { params, ...abortedBy(signal) }),
    signal,
  );
}

/** The images of an instance of DICOM, one of each collection that has it. */
export async function findInstance(link: Link) {
  const call = client.POST('/api/v1/instances', { body: { ...link } });
  return (await read(call)).images;
}

/**
 * Searches with what the query names.
 * @param pictures the query's files from 0 on, which go to this server only
 */
export function search(
  collection: string,
  query: Query,
  pictures: readonly File[],
  signal?: AbortSignal,
): Promise<SearchResult> {
  const call = client.POST('/api/v1/collections/{collection}/search', {
    params: { path: { collection } },
    body: searchForm(query, pictures),
    ...abortedBy(signal),
  });
  return read(sent(call, pictures[0] ?? null), signal);
}

/** The result of a search as a document of DICOM. */
export function makeDocument(
  collection: string,
  query: Query,
  kind: DocumentKind,
  pictures: readonly File[],
): Promise<Blob> {
  const call = client.POST('/api/v1/collections/{collection}/documents', {
    params: { path: { collection } },
    body: { ...searchForm(query, pictures), kind },
    parseAs: 'blob',
  });
  return read(sent(call, pictures[0] ?? null)) as Promise<Blob>;
}

/** Sends the result of a search as documents to the archive that the server knows. */
export function sendDocuments(collection: string, query: Query, pictures: readonly File[]) {
  const call = client.POST('/api/v1/collections/{collection}/documents/send', {
    params: { path: { collection } },
    body: searchForm(query, pictures),
  });
  return read(sent(call, pictures[0] ?? null));
}

function searchForm(query: Query, pictures: readonly File[]) {
  return { query: JSON.stringify(query), ...(pictures.length > 0 && { file: [...pictures] }) };
}

/** What makes an image like the query to an encoder. */
export function explain(
  collection: string,
  query: { query: number } | { file: File; frame: number },
  result: number,
  encoder: string | null,
  signal?: AbortSignal,
): Promise<Explanation> {
  const call = client.POST('/api/v1/collections/{collection}/explain', {
    params: { path: { collection } },
    body: { ...query, result, ...(encoder && { encoder }) },
    ...abortedBy(signal),
  });
  return read(sent(call, 'file' in query ? query.file : null), signal);
}

/** A PACS, and what lets one in. */
export interface Archive {
  address: string;
  user?: string;
  password?: string;
  token?: string;
}

/** Whether a PACS answers and lets one in. */
export function testArchive(body: Archive): Promise<PacsTest> {
  return read(client.POST('/api/v1/pacs/test', { body }));
}

/** What indexing a PACS would take. */
export function previewArchive(
  body: Archive & { collection: string },
  signal?: AbortSignal,
): Promise<PacsPreview> {
  return read(client.POST('/api/v1/pacs/preview', { body, ...abortedBy(signal) }), signal);
}

/** Begins to index a PACS. */
export function beginIndexing(body: Archive & { collection: string }): Promise<Task> {
  return read(client.POST('/api/v1/pacs/index', { body }));
}

/** What is done in the background, and whether the server takes anything to do. */
export function listTasks(signal?: AbortSignal): Promise<Tasks> {
  return read(client.GET('/api/v1/tasks', abortedBy(signal)), signal);
}

/** What is to be done in the background. */
export type TaskRequest = Schemas['TaskRequest'];

/** What a task would do. */
export function previewTask(body: TaskRequest, signal?: AbortSignal): Promise<TaskPreview> {
  const options = { ...JSON_BODY, body, ...abortedBy(signal) };
  return read(client.POST('/api/v1/tasks/preview', options), signal);
}

/** Begins a task. */
export function beginTask(body: TaskRequest): Promise<Task> {
  return read(client.POST('/api/v1/tasks', { ...JSON_BODY, body }));
}

/** What lies in a folder of the server's machine. @param path undefined: which folders may be indexed */
export function listFolders(
  path: string | undefined,
  signal?: AbortSignal,
): Promise<FolderListing> {
  const params = { query: path === undefined ? {} : { path } };
  return read(client.GET('/api/v1/folders', { params, ...abortedBy(signal) }), signal);
}

/** What images can be encoded with, and the models that can be added. */
export function listEncoders(signal?: AbortSignal): Promise<EncoderChoices> {
  return read(client.GET('/api/v1/encoders', abortedBy(signal)), signal);
}

/** How images are taken into a collection. */
export type Taking = Omit<
  Extract<TaskRequest, { kind: 'index' }>,
  'kind' | 'collection' | 'path' | 'all' | 'prune'
>;

/**
 * Sends files to be indexed.
 * @param told how many bytes have gone
 */
export async function addImages(
  collection: string,
  files: readonly File[],
  taking: Taking,
  signal: AbortSignal,
  told: (bytes: number) => void,
) {
  const sender = createSemblanceClient({
    baseUrl: '.',
    fetch: (asked) => request(asked, (body) => sendTelling(body, told)),
  });
  const params = { path: { collection } };
  const body = { file: [...files], ...taking };
  const call = sender.POST('/api/v1/collections/{collection}/images', { params, body, signal });
  return read(sent(call, files), signal);
}

/** Address of a file that a task made. */
export function taskFileUrl(id: number, name: string): string {
  return `api/v1/tasks/${id}/file?${new URLSearchParams({ name })}`;
}

/** Ends a task for now. */
export function pauseTask(id: number): Promise<Task> {
  return read(client.POST('/api/v1/tasks/{id}/pause', { params: { path: { id } } }));
}

/** Ends a task after what it has in hand. */
export function cancelTask(id: number): Promise<Task> {
  return read(client.POST('/api/v1/tasks/{id}/cancel', { params: { path: { id } } }));
}

/** Goes on with a task that ended before its end. */
export function resumeTask(id: number, body: Omit<Archive, 'address'>): Promise<Task> {
  return read(client.POST('/api/v1/tasks/{id}/resume', { params: { path: { id } }, body }));
}

/** The image's pixels in their own depth. */
export function getPixels(
  collection: string,
  image: Image,
  signal?: AbortSignal,
): Promise<StoredPixels> {
  const call = client.GET('/api/v1/collections/{collection}/images/{id}/pixels', {
    params: { path: { collection, id: image.id }, query: { v: pictureVersion(image) } },
    parseAs: 'arrayBuffer',
    ...abortedBy(signal),
  });
  return readPixels(call, signal);
}

/** As `getPixels`, of a picture of an own file. */
export function readOwnPixels(
  file: File,
  frame: number,
  signal?: AbortSignal,
): Promise<StoredPixels> {
  const call = client.POST('/api/v1/pixels', {
    body: { file, frame },
    parseAs: 'arrayBuffer',
    ...abortedBy(signal),
  });
  return readPixels(call, signal, file);
}

async function readPixels(
  call: Promise<{ data?: ArrayBuffer; error?: Problem; response: Response }>,
  signal?: AbortSignal,
  file: File | null = null,
): Promise<StoredPixels> {
  const buffer = await read(sent(call, file), signal);
  const { headers } = (await call).response;
  const [width = 0, height = 0, channels = 0, bits = 0, windowLow = 0, windowHigh = 0] = [
    'X-Width',
    'X-Height',
    'X-Channels',
    'X-Bits',
    'X-Window-Low',
    'X-Window-High',
  ].map((name) => Number(headers.get(name)));
  const layoutKnown = (channels === 1 || channels === 3) && (bits === 8 || bits === 16);
  if (!layoutKnown || buffer.byteLength !== width * height * channels * (bits / 8)) {
    throw new ProblemError(unexpected('The pixels do not have the size that was announced.', 0));
  }
  // The server sends little endian, the order of every platform that browsers run on.
  const data = bits === 8 ? new Uint8Array(buffer) : new Uint16Array(buffer);
  const said = headers.get('X-Values');
  const values = said === null ? {} : { values: JSON.parse(said) as PixelValues };
  return { width, height, channels, bits, data, windowLow, windowHigh, ...values };
}

/**
 * A page of the images of an image's series, in the order of their positions.
 * @param offset number of its first image in the series, from 0
 */
export function listSeries(
  collection: string,
  id: number,
  offset: number,
  limit: number,
  signal?: AbortSignal,
): Promise<UnitImages> {
  const params = { path: { collection, id }, query: { level: 'series' as const, offset, limit } };
  return read(
    client.GET('/api/v1/collections/{collection}/images/{id}/unit', {
      params,
      ...abortedBy(signal),
    }),
    signal,
  );
}

/** An own picture as the server draws it, at most 4096 pixels a side, with the picture's own size. */
export async function previewPicture(
  file: File,
  frame: number,
  signal?: AbortSignal,
): Promise<{ blob: Blob; width: number; height: number; decoding: Image['decoding'] }> {
  const call = client.POST('/api/v1/preview', {
    body: { file, frame },
    parseAs: 'blob',
    ...abortedBy(signal),
  });
  const blob = await read(sent(call, file), signal);
  const { headers } = (await call).response;
  const [width = 0, height = 0] = ['X-Width', 'X-Height'].map((name) => Number(headers.get(name)));
  const decoding = JSON.parse(headers.get('X-Decoding') ?? '{}') as Image['decoding'];
  return { blob, width, height, decoding };
}

/** Address of the small picture. The content hash lets the browser keep it for good. */
export function thumbnailAddress(collection: string, image: Image, edge = 256): string {
  return `${imagePath(collection, image.id)}/thumbnail?edge=${edge}&v=${pictureVersion(image)}`;
}

/** Address of the picture in full size. */
export function pictureAddress(collection: string, image: Image): string {
  return `${imagePath(collection, image.id)}/rendered?v=${pictureVersion(image)}`;
}

/** Address that leads to an image in the viewer, whose own has UIDs in it. */
export function viewerAddress(collection: string, image: Image): string {
  return `${imagePath(collection, image.id)}/viewer`;
}

/** Address of the small picture when only its number is known. */
export function thumbnailAddressById(collection: string, id: number): string {
  return `${imagePath(collection, id)}/thumbnail?edge=256`;
}

/**
 * Finds out whether the server sends a picture, for one that could not be shown.
 * @throws ProblemError with the reason when it does not
 */
export async function checkPicture(address: string, signal: AbortSignal): Promise<void> {
  const response = await request(new Request(address, { signal }));
  await response.body?.cancel();
}

function collectionPath(collection: string): string {
  return `api/v1/collections/${encodeURIComponent(collection)}`;
}

function imagePath(collection: string, id: number): string {
  return `${collectionPath(collection)}/images/${id}`;
}

function filteredBy(where: string): { where?: string } {
  return where === '' ? {} : { where };
}

function abortedBy(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}

/**
 * The answer of a call of the client, read to its end; the way to the server can be lost in the
 * middle of it.
 */
async function read<T>(
  call: Promise<{ data?: T; error?: Problem }>,
  signal?: AbortSignal,
): Promise<T> {
  try {
    return await dataOf(call);
  } catch (error) {
    if (signal?.aborted || error instanceof ProblemError) throw error;
    if (error instanceof SyntaxError) {
      throw new ProblemError(unexpected('The answer of the server cannot be read.', 502));
    }
    throw unreachable();
  }
}

/** A call with pictures; one that is gone from the disk fails like a server that is. */
async function sent<T>(call: Promise<T>, pictures: File | null | readonly File[]): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const readable = await Promise.all([pictures ?? []].flat().map(isReadable));
    const picture = [pictures ?? []].flat()[readable.indexOf(false)];
    if (picture === undefined) throw error;
    throw new ProblemError({
      ...unexpected(`“${picture.name}” was moved, changed or removed since it was chosen.`, 0),
      title: 'Your picture can no longer be read',
      code: 'PICTURE_GONE',
      advice: 'Choose it again.',
    });
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

/** As `fetch`, which does not tell how much of a body has gone. */
async function sendTelling(request: Request, told: (bytes: number) => void): Promise<Response> {
  const body = await request.blob();
  return new Promise((resolve, reject) => {
    const { signal } = request;
    const sending = new XMLHttpRequest();
    sending.open(request.method, request.url);
    for (const [name, value] of request.headers) sending.setRequestHeader(name, value);
    sending.responseType = 'blob';
    sending.upload.onprogress = ({ loaded }) => told(loaded);
    sending.onload = () => {
      const { status } = sending;
      const headers = new Headers();
      for (const name of ['Content-Type', 'Retry-After']) {
        const value = sending.getResponseHeader(name);
        if (value !== null) headers.set(name, value);
      }
      resolve(new Response(sending.response, { status, headers }));
    };
    sending.onerror = () => reject(new TypeError('It was not sent.'));
    sending.onabort = () => reject(signal.reason);
    signal.addEventListener('abort', () => sending.abort());
    if (signal.aborted) reject(signal.reason);
    else sending.send(body);
  });
}

/** Asks the server; every answer but one that is a success is an error. */
async function request(
  request: Request,
  send: (request: Request) => Promise<Response> = fetch,
): Promise<Response> {
  const asked = performance.now();
  let response: Response;
  try {
    response = await send(request);
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw unreachable();
  }
  if (!response.ok) throw await refusalOf(response);
  connectionWorks(asked);
  return response;
}

function unreachable(): ProblemError {
  connectionLost();
  return new ProblemError({
    type: 'about:blank',
    title: 'The server does not answer',
    status: 0,
    detail: 'The request did not reach Semblance, or its answer did not come back.',
    code: 'UNREACHABLE',
    advice: 'Check that Semblance is still running, then try again.',
  });
}
