import { embeddedIndex, type OpenIndex } from '../memory/open-index.ts';
import { parseEngine } from './address.ts';
import type { WeaviateHosts } from './weaviate/hosts.ts';

/** What searches: the index in this process, or an engine. */
export interface Engine {
  openIndex: OpenIndex;
  /** Nodes of the engine; undefined for the index in this process. */
  hosts: WeaviateHosts | undefined;
  /** Ends the connections. */
  close(): Promise<void>;
}

/** The key that is sent to an engine: `SEMBLANCE_ENGINE_KEY` of the environment. */
function engineKey(): string | undefined {
  return process.env.SEMBLANCE_ENGINE_KEY || undefined;
}

/**
 * Connections to the nodes of an engine.
 * @throws SemblanceError USAGE when the address cannot be read
 */
export async function connectEngine(address: string): Promise<WeaviateHosts> {
  const key = engineKey();
  const hosts = parseEngine(address, key);
  // The client is loaded for those who use an engine only.
  const { WeaviateHosts } = await import('./weaviate/hosts.ts');
  return new WeaviateHosts(hosts, key);
}

/**
 * The engine of an address; without one, the index in this process.
 * @throws SemblanceError USAGE when the address cannot be read
 */
export async function openEngine(address: string | undefined): Promise<Engine> {
  if (address === undefined) {
    return { openIndex: embeddedIndex, hosts: undefined, close: async () => undefined };
  }
  const hosts = await connectEngine(address);
  const { weaviateIndex } = await import('./weaviate/open.ts');
  return { openIndex: weaviateIndex(hosts), hosts, close: () => hosts.close() };
}
