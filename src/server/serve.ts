import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { openEngine } from '../engines/engine.ts';
import { SemblanceError, systemCode } from '../errors/error.ts';
import type { DecodeLimits } from '../images/decode.ts';
import type { Home } from '../store/home.ts';
import { createApp } from './app.ts';
import { Catalogue } from './catalogue.ts';

/** Where and how to serve. */
export interface ServeOptions {
  /** Address to listen on; `127.0.0.1` unless others are to be served. */
  host: string;
  /** Port; 0 for any free one. */
  port: number;
  limits: DecodeLimits;
  /** Address of a search engine; by default the index in this process searches. */
  engine?: string | undefined;
  /** Largest upload in bytes. */
  maxUpload: number;
  /** Host names under which others may ask. */
  hosts: readonly string[];
}

/** A server that runs. */
export interface RunningServer {
  /** Address of the page. */
  url: string;
  close(): Promise<void>;
}

/**
 * Starts the server.
 * @throws SemblanceError PORT_IN_USE, PORT_NOT_ALLOWED
 */
export async function startServer(home: Home, options: ServeOptions): Promise<RunningServer> {
  const engine = await openEngine(options.engine);
  const catalogue = new Catalogue(home, options.limits, engine.openIndex);
  const { maxUpload, hosts, host, port } = options;
  const app = createApp(catalogue, { maxUpload, hosts: [...hosts, host] });
  const server = await new Promise<Server>((resolve, reject) => {
    const created = serve({ fetch: app.fetch, hostname: host, port }, () =>
      resolve(created),
    ) as Server;
    created.once('error', (error) => reject(listenError(error, `${host}:${port}`)));
  });
  // The first picture does not wait for it.
  catalogue.pictures.start();
  const address = server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actual}/`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await catalogue.close();
      await engine.close();
    },
  };
}

function listenError(error: unknown, subject: string): unknown {
  switch (systemCode(error)) {
    case 'EADDRINUSE':
      return new SemblanceError('PORT_IN_USE', 'Another program listens there.', { subject });
    case 'EACCES':
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new SemblanceError('PORT_NOT_ALLOWED', 'The system refuses it.', { subject });
    default:
      return error;
  }
}
