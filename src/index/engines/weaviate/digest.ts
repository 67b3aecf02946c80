import { setTimeout } from 'node:timers/promises';
import { EmbeddingChecksum, rowHash } from '../checksum.ts';
import type { EngineCollection } from './engine-collection.ts';

/** Wait between two looks at a node that has not caught up yet, in milliseconds. */
const RECHECK = 2000;

/** What a node holds, recomputed from every vector it has. */
export interface NodeDigest {
  node: string;
  count: number;
  checksum: string;
  /** Why it could not be read. */
  error?: string;
}

/**
 * Reads all embeddings of every node and computes their count and checksum.
 * @param onProgress called with the embeddings read of all nodes
 */
export async function digestNodes(
  collection: EngineCollection,
  onProgress?: (done: number) => void,
): Promise<NodeDigest[]> {
  let done = 0;
  const answers = await collection.hosts.each(async (client) => {
    const sum = new EmbeddingChecksum();
    for await (const rows of collection.list(client, true)) {
      for (const { id, vector } of rows) sum.add(rowHash(id, vector));
      done += rows.length;
      onProgress?.(done);
    }
    return sum;
  });
  return answers.map((given) => {
    const node = given.host.text;
    if ('answer' in given) {
      return { node, count: given.answer.count, checksum: given.answer.value };
    }
    const { error } = given;
    const message = error instanceof Error ? error.message : String(error);
    return { node, count: 0, checksum: '', error: message };
  });
}

/**
 * Digests of all nodes once `enough` of them are as expected, or when the time is over. A node that was
 * away gets what it missed from the others.
 * @param patience how long they may take to catch up, in milliseconds. A reading under way goes on to its end,
 *   since it takes as long as there are rows; what bounds a node that does not answer is the limit of a page.
 */
export async function awaitNodes(
  collection: EngineCollection,
  expected: { count: number; checksum: string },
  enough: number,
  patience: number,
  onProgress?: (done: number) => void,
): Promise<{ nodes: NodeDigest[]; same: NodeDigest[] }> {
  const deadline = performance.now() + patience;
  for (;;) {
    const nodes = await digestNodes(collection, onProgress);
    const same = nodes.filter(
      ({ count, checksum }) => count === expected.count && checksum === expected.checksum,
    );
    if (same.length >= enough || performance.now() > deadline) return { nodes, same };
    await setTimeout(Math.min(RECHECK, Math.max(0, deadline - performance.now())));
  }
}
