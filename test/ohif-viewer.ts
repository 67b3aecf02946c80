import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Orthanc } from '../src/testing/orthanc.ts';

const FOLDER = fileURLToPath(new URL('../clients/ohif/viewer/', import.meta.url));
const EXTENSION = fileURLToPath(new URL('../dist/ohif/semblance-ohif.js', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** Whether the published viewer is here; prints the reason for skipped tests where it is not. */
export function hasViewer(): boolean {
  const isHere = existsSync(FOLDER);
  if (!isHere) console.warn('skipped: OHIF is absent (npm run viewer -w clients/ohif)');
  return isHere;
}

/**
 * Serves OHIF as a hospital would: its files, its configuration, the extension, and the archive behind a path.
 * @param configuration gives the text of `app-config.js`
 */
export async function serveViewer(orthanc: Orthanc, configuration: () => string) {
  const authorization = `Basic ${btoa(`${orthanc.user}:${orthanc.password}`)}`;
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://viewer');
    const send = (type: string, body: string | Uint8Array) =>
      response.writeHead(200, { 'content-type': type }).end(body);
    if (url.pathname.startsWith('/dicom-web/')) {
      const accept = request.headers.accept ?? '*/*';
      const path = url.pathname.slice('/dicom-web'.length) + url.search;
      const answer = await fetch(orthanc.url + path, { headers: { accept, authorization } });
      const body = new Uint8Array(await answer.arrayBuffer());
      const type = answer.headers.get('content-type') ?? 'application/octet-stream';
      response.writeHead(answer.status, { 'content-type': type }).end(body);
      return;
    }
    if (url.pathname === '/app-config.js') return send('text/javascript', configuration());
    if (url.pathname === '/semblance-ohif.js') {
      return send('text/javascript', await readFile(EXTENSION));
    }
    const file = join(FOLDER, normalize(url.pathname));
    const asset = extname(file) === '' ? join(FOLDER, 'index.html') : file;
    const bytes = await readFile(asset).catch(() => undefined);
    if (bytes === undefined) return response.writeHead(404).end();
    return send(TYPES[extname(asset)] ?? 'application/octet-stream', bytes);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    /** Another site than that of a server on 127.0.0.1. */
    origin: `http://localhost:${port}`,
    /** The address that it is asked under by a page of another origin. */
    otherOrigin: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
