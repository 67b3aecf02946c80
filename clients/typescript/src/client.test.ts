import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { createSemblanceClient, dataOf, ProblemError } from './client.ts';

/** Answers each request once; gives its method, address and body. */
async function served(
  answer: (response: ServerResponse) => void,
  use: (client: ReturnType<typeof createSemblanceClient>) => Promise<unknown>,
): Promise<{ method: string | undefined; url: string | undefined; body: string }> {
  let asked: IncomingMessage | undefined;
  let body = '';
  const server = createServer((request, response) => {
    asked = request;
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => answer(response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    await use(createSemblanceClient({ baseUrl: `http://127.0.0.1:${port}/behind/` }));
  } finally {
    server.closeAllConnections();
    server.close();
  }
  return { method: asked?.method, url: asked?.url, body };
}

const says = (status: number, type: string, body: string) => (response: ServerResponse) =>
  response.writeHead(status, { 'Content-Type': type }).end(body);

describe('the typed client', () => {
  const folder = mkdtempSync(join(tmpdir(), 'semblance-client-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('has the types of the description as it is', () => {
    const made = join(folder, 'schema.d.ts');
    execFileSync(process.execPath, [
      fileURLToPath(new URL('../generate.mjs', import.meta.url)),
      made,
    ]);
    const kept = readFileSync(new URL('schema.d.ts', import.meta.url), 'utf8');
    // `npm run docs:openapi` renews both.
    expect(kept).toBe(readFileSync(made, 'utf8'));
  });

  it('asks under the path of its server, with what an address needs encoded', async () => {
    const asked = await served(
      says(200, 'application/json', '{"total":0,"offset":0,"images":[]}'),
      async (client) => {
        const call = client.GET('/api/v1/collections/{collection}/images', {
          params: { path: { collection: 'a/b' }, query: { where: 'label:"x y"', limit: 5 } },
        });
        expect((await dataOf(call)).images).toEqual([]);
      },
    );
    expect(asked.url).toBe(
      '/behind/api/v1/collections/a%2Fb/images?where=label%3A%22x%20y%22&limit=5',
    );
  });

  it('sends a form, several files under one name, and leaves out what is not given', async () => {
    const { method, body } = await served(says(200, 'application/json', '{}'), (client) =>
      client.POST('/api/v1/collections/{collection}/search', {
        params: { path: { collection: 'a' } },
        body: {
          query: '{"parts":[{"file":0},{"file":1}]}',
          file: [new File(['one'], 'a.png'), new Blob(['two'])],
        },
      }),
    );
    expect(method).toBe('POST');
    expect(body).toContain('name="query"\r\n\r\n{"parts":[{"file":0},{"file":1}]}\r\n');
    expect(body).toMatch(/name="file"; filename="a\.png"\r\n[\s\S]*one\r\n/);
    expect(body).toMatch(/name="file"; filename="picture"\r\n[\s\S]*two\r\n/);
  });

  it('gives a refusal as the problem document it is', async () => {
    const problem = {
      type: '/errors/COLLECTION_UNKNOWN',
      title: 'There is no such collection',
      status: 404,
      detail: '“a”',
      code: 'COLLECTION_UNKNOWN',
      advice: 'Name another.',
    };
    const answer = says(404, 'application/problem+json', JSON.stringify(problem));
    await served(answer, async (client) => {
      const params = { path: { collection: 'a', id: 1 } };
      const ask = () => client.GET('/api/v1/collections/{collection}/images/{id}', { params });
      expect((await ask()).error).toEqual(problem);
      const refusal = await dataOf(ask()).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(ProblemError);
      expect(refusal).toMatchObject({ problem, message: 'There is no such collection: “a”' });
    });
  });

  it.each([
    ['text/html', '<h1>Bad gateway</h1>'],
    ['application/json', '"Bad gateway"'],
    ['text/plain', ''],
  ])(
    'makes a problem of what a proxy says in the place of the server: %s %s',
    async (type, body) => {
      await served(says(502, type, body), async (client) => {
        const { error } = await client.GET('/api/v1/collections');
        expect(error).toMatchObject({ status: 502, code: 'UNEXPECTED' });
      });
    },
  );
});
