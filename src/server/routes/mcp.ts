import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { LARGEST_MESSAGE } from '../../contract/mcp.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { bodyLimits, jsonBody } from '../body.ts';
import { abandoned } from '../fair-queue.ts';
import { onlyOwnPage } from '../guard.ts';
import type { Door, RequestDoor } from '../mcp/mcp-server.ts';
import { clientOf } from '../proxies.ts';
import type { Services } from './shared.ts';

/** Header of what was begun together. */
const SESSION = 'mcp-session-id';

/**
 * The Model Context Protocol ("Streamable HTTP") at `/mcp`. Nothing is kept of a session: its number only tells which call
 * it is that is cancelled.
 */
export function addMcpRoute(app: OpenAPIHono, { semblance, lanes, audit }: Services): void {
  /** Calls under way, by who asks, session and number. */
  const running = new Map<string, AbortController>();
  const keyOf = (c: Context, id: string | number) => {
    const { kind, name } = c.get('principal') ?? {};
    return JSON.stringify([kind, name, c.req.header(SESSION), id]);
  };
  const doorOf = (c: Context): RequestDoor => ({
    mayLook: (collection) => c.get('may')('viewer', collection),
    record: (note) => audit.tool({ ...note, actor: c.get('actor'), client: clientOf(c) || null }),
    cancel: (id) => running.get(keyOf(c, id))?.abort(abandoned()),
    async inTurn<T>({ lane, id, signal }: Parameters<Door['inTurn']>[0], work: Work<T>) {
      const key = keyOf(c, id);
      const cancelled = new AbortController();
      running.set(key, cancelled);
      let answer: { is: T } | undefined;
      try {
        const ended = AbortSignal.any([signal, cancelled.signal]);
        await lanes[lane](c, async () => {
          ended.throwIfAborted();
          answer = { is: await work(ended) };
        });
        return (answer as unknown as { is: T }).is;
      } finally {
        if (running.get(key) === cancelled) running.delete(key);
      }
    },
  });
  app.openapi(
    createRoute({
      // What it takes and answers is described by the protocol itself.
      ...{ method: 'post', path: '/mcp', operationId: 'mcp', hide: true },
      middleware: [onlyOwnPage, jsonBody(bodyLimits(LARGEST_MESSAGE))] as const,
      responses: { 200: { description: 'Answers' } },
    }),
    async (c) => {
      const message = parsed(await c.req.text());
      // It takes a while to load, and few servers are asked.
      const { answerMessage } = await import('../mcp/mcp-server.ts');
      const answer = await answerMessage(semblance, doorOf(c), c.req.raw, message);
      answer.headers.set('Cache-Control', 'no-store, no-transform');
      return answer as never;
    },
  );
}

type Work<T> = (signal: AbortSignal) => Promise<T>;

/** @throws SemblanceError REQUEST_INVALID */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SemblanceError('REQUEST_INVALID', 'The body is not JSON.');
  }
}
