import { z } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import type { AllowedFolders } from '../../app/allowed-folders.ts';
import type { PacsRequest } from '../../app/pacs.ts';
import type { Receiver } from '../../app/receiving.ts';
import type { Semblance } from '../../app/semblance.ts';
import { only as onlyFields } from '../../contract/only.ts';
import * as schemas from '../../contract/shapes.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { ERRORS, type ErrorCode } from '../../domain/errors/registry.ts';
import type { Access } from '../access.ts';
import type { ServerAudit } from '../audit.ts';
import { bodyLimits, jsonBody } from '../body.ts';
import type { DicomWebPolicy } from '../dicom-web.ts';
import type { Lanes } from '../lanes.ts';
import type { ViewerUrl } from '../viewer-url.ts';

/** What the routes work with. */
export interface Services {
  semblance: Semblance;
  access: Access;
  /** Writes who did what. */
  audit: ServerAudit;
  /** Whether other machines reach the server. */
  reachable: boolean;
  /** The queues in front of what takes time. */
  lanes: Lanes;
  /** Reads the form of a request. */
  form: MiddlewareHandler;
  /** Reads the JSON of a request. */
  body: MiddlewareHandler;
  /** Whether it is told to contact PACS and to change collections also by those whom it does not know. */
  indexing: boolean;
  /** Bytes that a form may have. */
  maxUpload: number;
  /** Folders of this machine that may be indexed. */
  folders: AllowedFolders;
  dicomWeb: DicomWebPolicy | undefined;
  /** Addresses of instances in a viewer, where one is known. */
  viewer: ViewerUrl | undefined;
  /** Address of the PACS that documents are sent to; undefined where they are sent to none. */
  sendTo?: string | undefined;
  /** Takes objects that are sent; undefined where none are taken. */
  receiver?: Receiver | undefined;
}

/** @throws SemblanceError COLLECTION_BUSY for the collection that is received into: it would be made again by what comes next */
export function refuseReceiving({ receiver }: Services, collection: string): void {
  if (receiver?.state().collection !== collection) return;
  const why = 'This server receives objects for it (--receive).';
  throw new SemblanceError('COLLECTION_BUSY', why, { subject: collection });
}

/** The parameters of a route, and no others. */
export const only = <T extends z.ZodRawShape>(shape: T) => onlyFields(shape, 'parameter');

/** How numbers are written: nothing at all is none, and neither is a hexadecimal one. */
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/** A whole number of an address or form. */
export const whole = (min: number, max = Number.MAX_SAFE_INTEGER) =>
  z
    .preprocess(
      (value) => (typeof value === 'string' && !NUMBER.test(value) ? Number.NaN : value),
      z.coerce.number().int().min(min).max(max),
    )
    .openapi({ type: 'integer' });

/** Where a page begins, and the number of its images. */
export const pageFields = {
  after: whole(0).optional().openapi({
    description:
      'Number of the image that the page comes after, for the next page: no image is told twice or left out when others come or go meanwhile',
  }),
  offset: whole(0).default(0).openapi({
    description:
      'Images to leave out before the first one, for a jump; with `after`, of those after it',
  }),
  limit: whole(1, 500).default(100).openapi({ description: 'Images of a page' }),
};

/** Tells in `Link` (RFC 8288) where the page after one of images is, unless it is known to be the last one. */
export function tellNext(c: Context, images: readonly { id: number }[], limit: number): void {
  const last = images.at(-1);
  if (last === undefined || images.length < limit) return;
  // Relative to the address that was asked for, whatever stands before it.
  const query = new URLSearchParams(new URL(c.req.url).search);
  query.delete('offset');
  query.set('after', String(last.id));
  c.header('Link', `<?${query}>; rel="next"`);
}

/** The ways to say which images are meant. */
export const filterFields = {
  filter: z
    .union([z.string(), z.array(z.string())])
    .default([])
    .transform((value) => (Array.isArray(value) ? value : [value]))
    .openapi({
      type: 'array',
      items: { type: 'string' },
      description: 'field=value; a repeated field allows any of its values, all fields must match',
    }),
  where: z.string().default('').openapi({
    description:
      'A query of the search language, for instance modality:CT finding:"pleural effusion" -region:knee year>2019; it applies beside `filter`',
  }),
};
export const inCollection = z.object({
  collection: z.string().openapi({ description: 'Name of the collection' }),
});
export const ofImage = inCollection.extend({
  id: whole(1).openapi({ description: 'Number of the image in its collection' }),
});

/** The body of a request that is a form with these fields and no others. */
export const formBody = <T extends z.ZodRawShape>(shape: T) =>
  ({
    required: true,
    content: { 'multipart/form-data': { schema: only(shape) } },
  }) as const;

/** The body of a request that is JSON of this shape. */
export const jsonBodyOf = <T extends z.ZodType>(schema: T) =>
  ({ required: true, content: { 'application/json': { schema } } }) as const;

/** The body of a request that is JSON with these fields and no others. */
export const jsonFields = <T extends z.ZodRawShape>(shape: T) => jsonBodyOf(only(shape));

/** Reads a small body of JSON. */
export const smallJson = jsonBody(bodyLimits(10_000));

/** Whether anybody may change anything: strangers may not unless the server was told so. */
export const mayBeChanged = ({ indexing, access }: Pick<Services, 'indexing' | 'access'>) =>
  indexing || access.required();

/** Refuses where nobody may change anything. */
const refusing =
  (code: ErrorCode, why: string) =>
  (services: Services): MiddlewareHandler =>
  async (_, next) => {
    if (!mayBeChanged(services)) throw new SemblanceError(code, why);
    await next();
  };

/** Lets nobody have anything indexed or contacted where he may not change anything. */
export const writingAllowed = refusing(
  'INDEXING_NOT_ALLOWED',
  'This server was not started with it.',
);

/** Lets nobody change collections, users and keys where others may ask and nobody is asked who he is. */
export const changesAllowed = refusing('CHANGES_NOT_ALLOWED', 'Nobody is asked who he is.');

const secret = z.string().min(1).max(4000).optional();

/** What lets one into a PACS, in a form. */
export const secretFields = {
  user: secret.openapi({ description: 'Kept in memory alone, and told to this PACS alone' }),
  password: secret,
  token: secret.openapi({ description: 'A bearer token, in place of user and password' }),
};

/** What came in a form, with the secrets apart. */
export function secretsApart<T extends NonNullable<PacsRequest['secrets']>>(form: T) {
  const { user, password, token, ...rest } = form;
  return { ...rest, secrets: { user, password, token } };
}

export function json<T extends z.ZodType>(schema: T, description: string) {
  return { description, content: { 'application/json': { schema } } } as const;
}

const PROBLEM = { 'application/problem+json': { schema: schemas.ProblemSchema } } as const;

const problems = {
  default: { description: 'A problem document', content: PROBLEM },
} as const;

/** What requests meet, by what they do; a route names what it does. */
const PROBLEMS = {
  any: [
    'LOGIN_REQUIRED',
    'ROLE_MISSING',
    'RATE_LIMITED',
    'REQUEST_INVALID',
    'REQUEST_CROSS_SITE',
    'HEAD_TOO_LARGE',
    'REQUEST_TIMEOUT',
    'AUDIT_NOT_WRITTEN',
    'INTERNAL',
  ],
  people: [
    'CHANGES_NOT_ALLOWED',
    'COLLECTION_NAME_INVALID',
    'LAST_ADMIN',
    'MEDIA_TYPE_NOT_SUPPORTED',
    'UPLOAD_TOO_LARGE',
  ],
  user: [
    'USER_NAME_INVALID',
    'USER_EXISTS',
    'USER_NOT_FOUND',
    'USER_OF_PROVIDER',
    'PASSWORD_REFUSED',
  ],
  session: ['SESSION_NOT_FOUND'],
  webhook: ['WEBHOOK_INVALID', 'WEBHOOK_NOT_FOUND'],
  key: ['USER_NAME_INVALID', 'KEY_NOT_FOUND'],
  login: ['LOGIN_REFUSED', 'LOGIN_LOCKED'],
  openid: ['OPENID_OFF', 'OPENID_UNAVAILABLE'],
  openidAnswer: [
    'OPENID_STATE_INVALID',
    'OPENID_REFUSED',
    'OPENID_TOKEN_INVALID',
    'OPENID_NO_ROLE',
    'LOGIN_REFUSED',
  ],
  queue: ['SERVER_BUSY'],
  form: ['MEDIA_TYPE_NOT_SUPPORTED', 'UPLOAD_TOO_LARGE'],
  json: ['MEDIA_TYPE_NOT_SUPPORTED', 'UPLOAD_TOO_LARGE'],
  collection: [
    'COLLECTION_NAME_INVALID',
    'COLLECTION_NOT_FOUND',
    'COLLECTION_TOO_NEW',
    'COLLECTION_DAMAGED',
    'TOO_MANY_FILES',
  ],
  change: ['CHANGES_NOT_ALLOWED', 'COLLECTION_BUSY', 'COLLECTION_EXISTS', 'DISK_FULL'],
  filter: ['QUERY_INVALID', 'FILTER_TOO_LARGE'],
  record: ['IMAGE_NOT_FOUND'],
  instance: [
    'INSTANCE_NOT_FOUND',
    'DICOMWEB_OFF',
    'PACS_UNAVAILABLE',
    'PACS_REFUSED',
    'PACS_ANSWER_INVALID',
  ],
  viewer: ['VIEWER_UNKNOWN', 'INSTANCE_NOT_FOUND'],
  file: ['IMAGE_NOT_FOUND', 'IMAGE_CHANGED', 'PATH_NOT_FOUND', 'PATH_NOT_READABLE'],
  picture: [
    'IMAGE_EMPTY',
    'IMAGE_NOT_RECOGNISED',
    'IMAGE_UNSUPPORTED',
    'IMAGE_DAMAGED',
    'IMAGE_TOO_LARGE',
    'IMAGE_TOO_COSTLY',
    'IMAGE_DECODER_ENDED',
    'DICOM_NOT_RECOGNISED',
    'DICOM_DAMAGED',
    'DICOM_UNSUPPORTED',
    'DICOM_NO_PIXELS',
    'DICOM_NOT_AN_IMAGE',
    'FRAMES_INVALID',
  ],
  writing: ['INDEXING_NOT_ALLOWED', 'COLLECTION_BUSY', 'DISK_FULL', 'HOME_READ_ONLY'],
  folder: ['FOLDER_NOT_ALLOWED', 'PATH_NOT_FOUND', 'PATH_NOT_READABLE'],
  upload: ['COLLECTION_NAME_INVALID', 'RECEIVED_FULL'],
  pacs: [
    'COLLECTION_NAME_INVALID',
    'PACS_ADDRESS_INVALID',
    'PACS_HOST_UNKNOWN',
    'PACS_NOT_LISTENING',
    'PACS_NOT_TRUSTED',
    'PACS_UNAVAILABLE',
    'PACS_REFUSED',
    'PACS_SECRET_INVALID',
    'PACS_ANSWER_INVALID',
  ],
  task: ['TASK_NOT_FOUND', 'TASK_STATE', 'PACS_SECRET_INVALID'],
  taskFile: ['TASK_FILE_NOT_FOUND'],
  work: ['WORK_NOT_FOUND'],
  document: ['NOTHING_TO_REFER_TO', 'DICOMWEB_OFF'],
  sending: [
    'NOTHING_TO_REFER_TO',
    'SENDING_OFF',
    'PACS_STORE_REFUSED',
    'PACS_HOST_UNKNOWN',
    'PACS_NOT_LISTENING',
    'PACS_NOT_TRUSTED',
    'PACS_UNAVAILABLE',
    'PACS_REFUSED',
    'PACS_ANSWER_INVALID',
  ],
  receiving: ['RECEIVING_OFF', 'OBJECT_INVALID', 'REQUEST_ABANDONED'],
  encoder: ['ENCODER_NOT_FOUND', 'COLLECTION_EMPTY'],
  map: ['MAP_NOT_FOUND'],
  search: [
    'ENCODER_IMPORTED',
    'ENCODER_CHANGED',
    'ENCODER_DAMAGED',
    'ENCODER_FAILED',
    'CALIBRATION_DAMAGED',
    'TEXT_NOT_SUPPORTED',
    'ENGINE_OUTDATED',
    'ENGINE_REFUSED',
    'ENGINE_UNAVAILABLE',
  ],
} as const satisfies Record<string, readonly ErrorCode[]>;

/**
 * The problem documents of a route, by status; `default` stands for what is not foreseen.
 * @param kinds what the route does besides answering a request
 */
export function problemsOf(...kinds: (keyof typeof PROBLEMS)[]): typeof problems {
  const codes = new Set<ErrorCode>([...PROBLEMS.any, ...kinds.flatMap((kind) => PROBLEMS[kind])]);
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const answers = [...byStatus].map(([status, each]) => [
    status,
    { description: each.join(', '), content: PROBLEM },
  ]);
  return { ...Object.fromEntries(answers), ...problems };
}

export const binary = (type: string, description: string) =>
  ({
    description,
    content: { [type]: { schema: z.string().openapi({ format: 'binary' }) } },
  }) as const;

/** What `samplesAnswer` answers with. */
export const SAMPLES =
  'Samples in their own depth, little-endian; X-Width, X-Height, X-Channels, X-Bits, X-Frames (pictures in the file), and the window to show them with, X-Window-Low and X-Window-High; of a grey picture of DICOM what was measured, with X-Values: a PixelValues as JSON';

/** An answer with samples. */
export function samplesAnswer(
  c: Context,
  pixels: Awaited<ReturnType<Semblance['pictures']['samples']>>,
  headers: Record<string, string> = {},
): Response {
  const { width, height, channels, bits, frames, bytes, values } = pixels;
  return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
    'Content-Type': 'application/octet-stream',
    'X-Width': String(width),
    'X-Height': String(height),
    'X-Channels': String(channels),
    'X-Bits': String(bits),
    'X-Frames': String(frames),
    'X-Window-Low': String(pixels.windowLow),
    'X-Window-High': String(pixels.windowHigh),
    ...(values && { 'X-Values': JSON.stringify(values) }),
    ...headers,
  });
}

/** A header with what is to be said of an answer (PS3.18, 8.3.4.4): 299, the service, and each text. */
export const warningOf = (warnings: readonly string[]) =>
  warnings.length > 0 && {
    Warning: warnings.map((each) => `299 Semblance "${each}"`).join(', '),
  };

/** Which picture of an uploaded file. */
export const uploadedFrame = whole(1).optional().openapi({
  description: 'Which picture of the file, from 1; the first by default',
});

/** A file of a form. */
export const uploadedFile = z.instanceof(File).openapi({ type: 'string', format: 'binary' });
