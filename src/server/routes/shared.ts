import { z } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import type { Semblance } from '../../app/semblance.ts';
import * as schemas from '../../contract/shapes.ts';
import { excerpt } from '../../domain/errors/error.ts';
import { ERRORS, type ErrorCode } from '../../domain/errors/registry.ts';
import { suggestion } from '../../domain/errors/suggest.ts';
import type { Lanes } from '../lanes.ts';

/** What the routes work with. */
export interface Services {
  semblance: Semblance;
  /** The queues in front of what takes time. */
  lanes: Lanes;
  /** Reads the form of a request. */
  form: MiddlewareHandler;
}

/** The parameters of a route, and no others. */
export function only<T extends z.ZodRawShape>(shape: T) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: ({ code, keys }) => {
      if (code !== 'unrecognized_keys') return undefined;
      const [first = '', ...more] = keys as string[];
      const name = excerpt(first, 60);
      const others = more.length === 0 ? '' : ` (nor ${more.length} more)`;
      return `There is no parameter “${name}”${others}. ${suggestion(name, known, 'parameter')}`;
    },
  });
}

/** How numbers are written: nothing at all is none, and neither is a hexadecimal one. */
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/** A number of a query or form. */
function numeric<T extends z.ZodType>(schema: T, type: 'integer' | 'number') {
  return z
    .preprocess(
      (value) => (typeof value === 'string' && !NUMBER.test(value) ? Number.NaN : value),
      schema,
    )
    .openapi({ type });
}

/** A whole number of a query or form. */
export const whole = (min: number, max = Number.MAX_SAFE_INTEGER) =>
  numeric(z.coerce.number().int().min(min).max(max), 'integer');
/** A share of a query or form. */
export const share = () => numeric(z.coerce.number().min(0).max(1), 'number');

/** The number of a page's first image, and of its images. */
export const pageFields = {
  offset: whole(0).default(0),
  limit: whole(1, 500).default(100),
};

export const list = z
  .union([z.string(), z.array(z.string())])
  .default([])
  .transform((value) => (Array.isArray(value) ? value : [value]));
export const filterParameter = list.openapi({
  type: 'array',
  items: { type: 'string' },
  description: 'field=value; a repeated field allows any of its values, all fields must match',
});
/** The ways to say which images are meant. */
export const filterFields = {
  filter: filterParameter,
  where: z.string().default('').openapi({
    description:
      'A query of the search language, for instance modality:CT finding:"pleural effusion" -region:knee year>2019; it applies beside `filter`',
  }),
};
export const inCollection = z.object({ collection: z.string() });
export const ofImage = inCollection.extend({ id: whole(1) });

export function json<T extends z.ZodType>(schema: T, description: string) {
  return { description, content: { 'application/json': { schema } } } as const;
}

const PROBLEM = { 'application/problem+json': { schema: schemas.ProblemSchema } } as const;

const problems = {
  default: { description: 'A problem document', content: PROBLEM },
} as const;

/** What requests meet, by what they do; a route names what it does. */
const PROBLEMS = {
  any: ['REQUEST_INVALID', 'REQUEST_CROSS_SITE', 'HEAD_TOO_LARGE', 'REQUEST_TIMEOUT', 'INTERNAL'],
  queue: ['SERVER_BUSY'],
  form: ['MEDIA_TYPE_NOT_SUPPORTED', 'UPLOAD_TOO_LARGE', 'FILTER_TOO_LARGE'],
  collection: [
    'COLLECTION_NAME_INVALID',
    'COLLECTION_NOT_FOUND',
    'COLLECTION_TOO_NEW',
    'COLLECTION_DAMAGED',
    'TOO_MANY_FILES',
  ],
  filter: ['QUERY_INVALID', 'FILTER_TOO_LARGE'],
  record: ['IMAGE_NOT_FOUND'],
  file: ['IMAGE_NOT_FOUND', 'IMAGE_CHANGED', 'PATH_NOT_FOUND', 'PATH_NOT_READABLE'],
  picture: [
    'IMAGE_EMPTY',
    'IMAGE_NOT_RECOGNISED',
    'IMAGE_UNSUPPORTED',
    'IMAGE_DAMAGED',
    'IMAGE_TOO_LARGE',
    'IMAGE_TOO_COSTLY',
    'IMAGE_DECODER_ENDED',
  ],
  encoder: ['ENCODER_NOT_FOUND', 'COLLECTION_EMPTY'],
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

/** A file of a form. */
export const uploadedFile = z.instanceof(File).openapi({ type: 'string', format: 'binary' });
