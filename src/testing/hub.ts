import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

/** A request that a server got. */
interface Seen {
  path: string;
  authorization: string | undefined;
  range: string | undefined;
  ifRange: string | undefined;
}

/** A server on a port of its own, with what was asked of it. */
export interface Listening {
  url: string;
  port: number;
  seen: Seen[];
  stop(): Promise<void>;
}

async function listen(server: Server, seen: Seen[]): Promise<Listening> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, port, seen, stop };
}

function serve(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    seen.push({
      path: request.url ?? '',
      authorization: request.headers.authorization,
      range: request.headers.range,
      ifRange: request.headers['if-range'] as string | undefined,
    });
    handle(request, response);
  });
  return listen(server, seen);
}

const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex');
const gitSha1 = (data: Buffer) =>
  createHash('sha1').update(`blob ${data.length}\0`).update(data).digest('hex');

/** How the servers treat the next requests; a test changes it. */
interface Behaviour {
  /** Files by the name that is asked for. */
  files: Map<string, Buffer>;
  /** The storage closes the connection after so many bytes of an answer, once for each entry. */
  cuts: number[];
  /** The hub answers with this status and these headers in place of a file, always or so often. */
  refuse?: { status: number; headers?: Record<string, string>; times?: number } | undefined;
  /** The storage answers with this status. */
  storageStatus?: number | undefined;
  /** The hub promises this checksum for large files. */
  promise?: string | undefined;
  /** Where the hub sends large files, instead of to the storage. */
  location?: string | undefined;
}

const nameOf = (path: string) => decodeURIComponent(path.split('/').at(-1) ?? '');

/** Sends a file as servers do that support ranges. */
function sendRange(
  { headers }: IncomingMessage,
  response: ServerResponse,
  data: Buffer,
  etag: string,
  cut: number | undefined,
): void {
  const match = /^bytes=(\d+)-$/.exec(headers.range ?? '');
  const unchanged = headers['if-range'] === undefined || headers['if-range'] === etag;
  const start = match !== null && unchanged ? Number(match[1]) : 0;
  if (start >= data.length) {
    response.writeHead(416).end();
    return;
  }
  const part = data.subarray(start);
  response.writeHead(match !== null && unchanged ? 206 : 200, {
    etag,
    'content-length': part.length,
    ...(match !== null && unchanged
      ? { 'content-range': `bytes ${start}-${data.length - 1}/${data.length}` }
      : {}),
  });
  if (cut === undefined) response.end(part);
  // Later, so that what was sent has arrived.
  else response.write(part.subarray(0, cut), () => setTimeout(() => response.destroy(), 100));
}

/**
 * A hub in the layout of Hugging Face: small files with the SHA-1 of git as their ETag, large ones
 * (not JSON or text) by a redirect to a storage on another origin.
 */
export async function startHub(commit: string) {
  const behaviour: Behaviour = { files: new Map(), cuts: [] };
  const storage = await serve((request, response) => {
    const data = behaviour.files.get(nameOf(request.url ?? ''));
    if (behaviour.storageStatus !== undefined || data === undefined) {
      response.writeHead(behaviour.storageStatus ?? 404, { 'retry-after': '0' }).end();
      return;
    }
    sendRange(request, response, data, `"storage-${sha256(data)}"`, behaviour.cuts.shift());
  });
  const hub = await serve((request, response) => {
    const path = request.url ?? '';
    const data = behaviour.files.get(nameOf(path));
    const { refuse } = behaviour;
    if (refuse !== undefined) {
      if (refuse.times !== undefined && --refuse.times === 0) behaviour.refuse = undefined;
      response.writeHead(refuse.status, refuse.headers).end('<html>');
    } else if (data === undefined) {
      response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end();
    } else if (/\.(json|txt)$/.test(path)) {
      response.setHeader('x-repo-commit', commit);
      sendRange(request, response, data, `"${gitSha1(data)}"`, undefined);
    } else {
      response.writeHead(302, {
        location: behaviour.location ?? `${storage.url}/signed/${nameOf(path)}`,
        etag: `"${behaviour.promise ?? sha256(data)}"`,
        'x-linked-etag': `"${behaviour.promise ?? sha256(data)}"`,
        'x-linked-size': String(data.length),
        'x-repo-commit': commit,
      });
      response.end();
    }
  });
  const stop = async () => {
    await hub.stop();
    await storage.stop();
  };
  return { behaviour, hub, storage, stop };
}

/** A forward proxy that tunnels every connection to one port, whatever name is asked for. */
export async function startProxy(port: number): Promise<Listening> {
  const seen: Seen[] = [];
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connect', (request, client, head) => {
    const { authorization } = request.headers;
    seen.push({ path: request.url ?? '', authorization, range: undefined, ifRange: undefined });
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    const end = () => {
      upstream.destroy();
      client.destroy();
    };
    for (const socket of [upstream, client]) socket.on('error', end).on('close', end);
  });
  return listen(server, seen);
}
