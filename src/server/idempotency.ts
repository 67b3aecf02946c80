import { createHash } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import type { KeptAnswerService } from '../app/kept-answers.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import { bytesOf } from './body.ts';

/** What may be sent with a key: all that changes something, but for what makes or takes secrets, and DICOM's own ways. */
export const ANSWERED_ONCE: ReadonlySet<string> = new Set([
  ...['createCollection', 'copyCollection', 'renameCollection', 'deleteCollection'],
  ...[
    'removeImage',
    'giveLabels',
    'forgetLabels',
    'addImages',
    'beginTask',
    'pauseTask',
    'cancelTask',
    'resumeTask',
    'indexPacs',
  ],
  'sendDocuments',
]);

/** The header that a client gives a request of its own by, as draft-ietf-httpapi-idempotency-key-header-07 has it. */
const HEADER = 'Idempotency-Key';

/** It as the description has it. */
export const KEY_HEADER = z.object({
  [HEADER]: z.string().optional().openapi({
    description: 'A name of this request, so that it does nothing twice when it is sent again',
  }),
});

/** Told of an answer that was given before. */
const REPLAYED = 'Idempotency-Replayed';

/**
 * Answers a request that comes again with its key what it was answered before, and does nothing. Answers are kept that say
 * that something was done; one that was refused is tried anew. To stand behind what reads the body.
 */
export function answeredOnce(answers: KeptAnswerService): MiddlewareHandler {
  return async (c, next) => {
    const key = c.req.header(HEADER);
    if (key === undefined) return next();
    if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
      throw new SemblanceError('REQUEST_INVALID', `${HEADER}: 1 to 255 visible characters.`);
    }
    const { pathname, search } = new URL(c.req.url);
    const { kind, name: who } = c.get('actor');
    const name = JSON.stringify([kind, who, c.req.method, pathname, key]);
    const begun = answers.begin(name, JSON.stringify([search, await digestOf(c)]));
    if ('status' in begun) {
      const headers = { ...begun.headers, [REPLAYED]: 'true' };
      return new Response(begun.body, { status: begun.status, headers });
    }
    try {
      await next();
      const type = c.res.headers.get('content-type') ?? '';
      if (!c.res.ok || !type.startsWith('application/json')) return begun.forget();
      const body = await c.res.clone().text();
      begun.keep({ status: c.res.status, headers: { 'Content-Type': type }, body });
    } catch (error) {
      begun.forget();
      throw error;
    }
  };
}

/** SHA-256 of what a request brought, whatever stood between the parts of its form. */
async function digestOf(c: Context): Promise<string> {
  const hash = createHash('sha256');
  const add = (part: string | Uint8Array) => {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    hash.update(`${bytes.length} `).update(bytes);
  };
  const { formData, text } = c.req.bodyCache;
  if (text !== undefined) add(await text);
  for (const [name, value] of (await formData) ?? []) {
    add(name);
    add(typeof value === 'string' ? value : value.name);
    add(typeof value === 'string' ? '' : await bytesOf(value));
  }
  return hash.digest('hex');
}
