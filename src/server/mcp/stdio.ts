import { once } from 'node:events';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { LOCAL } from '../../app/audit.ts';
import type { Semblance } from '../../app/semblance.ts';
import { LARGEST_MESSAGE } from '../../contract/mcp.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { ServerAudit } from '../audit.ts';
import { FairQueue } from '../fair-queue.ts';
import { DEFAULT_LOAD } from '../lanes.ts';
import { createMcpServer } from './mcp-server.ts';

/** What is asked of the one assistant behind standard input. */
export interface StdioOptions {
  /** Names of the collections that it may look into; every one by default. */
  collections?: readonly string[];
  /** Ends it. */
  signal: AbortSignal;
  /** Is told of what came that is no message. */
  onGarbage(): void;
}

/**
 * Answers the program behind standard input and output by the Model Context Protocol, until it closes them.
 * @throws SemblanceError UPLOAD_TOO_LARGE
 */
export async function serveStdio(
  semblance: Semblance,
  { collections, signal, onGarbage }: StdioOptions,
): Promise<void> {
  const { maxRunning, maxWaiting } = DEFAULT_LOAD;
  const audit = new ServerAudit(semblance.audit);
  const queue = new FairQueue(maxRunning, maxWaiting);
  const mcp = createMcpServer(semblance, {
    record: (note) => audit.tool({ ...note, actor: LOCAL, client: null }),
    mayLook: (collection) => collections?.includes(collection) ?? true,
    inTurn: (call, work) => queue.run('', call.signal, () => work(call.signal)),
  });
  const transport = new StdioServerTransport(process.stdin, process.stdout, {
    maxBufferSize: LARGEST_MESSAGE,
  });
  const closed = new Promise<void>((resolve) => {
    mcp.server.onclose = resolve;
  });
  mcp.server.onerror = onGarbage;
  await mcp.connect(transport);
  const ended = once(process.stdin, 'end', { signal }).catch(() => undefined);
  const isTooLong = await Promise.race([ended.then(() => false), closed.then(() => true)]);
  if (isTooLong) {
    const limit = LARGEST_MESSAGE / 1e6;
    throw new SemblanceError('UPLOAD_TOO_LARGE', `A message has more than ${limit.toFixed()} MB.`);
  }
  await mcp.close();
}
