import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { ERRORS } from '../domain/errors/registry.ts';
import { Asset, readAssets } from './assets.ts';

/** A folder that the build made: beside the compiled program, or below `dist` when run from source. */
function builtFolder(name: string, file: string): string | undefined {
  return [
    fileURLToPath(new URL(`../${name}/`, import.meta.url)),
    fileURLToPath(new URL(`../../dist/${name}/`, import.meta.url)),
  ].find((folder) => existsSync(join(folder, file)));
}

/** A page that loads the interface of swagger-ui from this server, never from elsewhere. */
const API_PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Semblance API</title>
<link rel="stylesheet" href="swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="swagger-ui-bundle.js"></script><script src="start.js"></script>
</body></html>`;
const API_SCRIPT = `SwaggerUIBundle({ url: '../openapi.json', dom_id: '#swagger-ui' });`;

/** Whether a browser asks for a page that a person is going to read. */
export function wantsPage({ req }: Context): boolean {
  return req.method === 'GET' && (req.header('accept') ?? '').includes('text/html');
}

/** A page in the place of one that does not exist, with the way back. */
export function notFoundPage(context: Context): Response {
  // Relative, as all of the page, so that it also works behind a path of another server.
  const start = '../'.repeat(context.req.path.split('/').length - 2) || './';
  return context.html(
    `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Page not found – Semblance</title>
<link rel="icon" type="image/svg+xml" href="${start}favicon.svg">
<link rel="stylesheet" href="${start}not-found.css"></head>
<body><main><h1>There is no page at this address</h1>
<p>It may have been mistyped or shortened on its way here.</p>
<p><a href="${start}">Go to the images</a></p></main></body></html>
`,
    404,
  );
}

/** What a problem document's `type` leads to: the code, what it means and what to do. */
function problemPage(
  code: string,
  { status, title, advice }: (typeof ERRORS)[keyof typeof ERRORS],
) {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} – Semblance</title>
<link rel="icon" type="image/svg+xml" href="../favicon.svg">
<link rel="stylesheet" href="../not-found.css"></head>
<body><main><h1>${escaped(title)}</h1>
<p>${escaped(advice)}</p>
<p><code>${code}</code>, HTTP status ${status}; docs/errors.md lists every code.</p>
<p><a href="../">Go to the images</a></p></main></body></html>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The groups of the operations. */
const TAGS = [
  { name: 'Search', description: 'Images that look alike, and what makes them alike' },
  { name: 'Collections', description: 'What collections hold' },
  { name: 'Images', description: 'Images of a collection and their pictures' },
  { name: 'Pictures', description: 'Pictures that are not kept' },
  { name: 'Tasks', description: 'What is done in the background, and what is sent to be indexed' },
  { name: 'PACS', description: 'Archives that are connected and indexed, for the page alone' },
  {
    name: 'DICOMweb',
    description: 'The same for programs that speak DICOM, where the server gives UIDs away',
  },
  { name: 'Access', description: 'Who asks' },
  { name: 'State', description: 'The server itself' },
];

/** That of the package. */
export const VERSION = '0.1.0';

/** The API as OpenAPI 3.1; `clients/openapi.json` is this document. */
export function apiDescription(app: OpenAPIHono): object {
  const description = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Semblance', version: VERSION, license: { name: 'Apache-2.0' } },
    tags: TAGS,
  });
  return JSON.parse(JSON.stringify(description), (_, value) => nullableReference(value) ?? value);
}

/**
 * "This shape or null", which the generator writes as "this shape and (an object or null)", and that
 * is never null.
 */
function nullableReference(value: unknown) {
  const [shape, { type, ...rest } = {}] =
    (value as { allOf?: Record<string, unknown>[] })?.allOf ?? [];
  if (!Array.isArray(type) || !type.includes('null')) return undefined;
  return { anyOf: [shape, { type: 'null' }], ...rest };
}

/** The page, the API's description and a page to try it. */
export function addPages(app: OpenAPIHono): void {
  const text = (body: string, type: string) =>
    new Asset(new TextEncoder().encode(body), `${type}; charset=utf-8`, false);
  const serve = (path: string, asset: Asset) => app.get(path, (c) => asset.respond(c));
  serve('/openapi.json', text(JSON.stringify(apiDescription(app)), 'application/json'));
  for (const [code, entry] of Object.entries(ERRORS)) {
    serve(`/problems/${code}`, text(problemPage(code, entry), 'text/html'));
  }
  serve('/docs/', text(API_PAGE, 'text/html'));
  app.get('/docs', (c) => c.redirect('/docs/'));
  serve('/docs/start.js', text(API_SCRIPT, 'text/javascript'));
  const swaggerUi = builtFolder('swagger-ui', 'swagger-ui.css');
  if (swaggerUi !== undefined) {
    for (const [name, asset] of readAssets(swaggerUi, () => false)) serve(`/docs/${name}`, asset);
  }
  const page = builtFolder('web', 'index.html');
  if (page === undefined) return;
  // What the build puts into this folder has a hash of its content in its name.
  for (const [path, asset] of readAssets(page, (each) => each.startsWith('assets/'))) {
    serve(`/${path}`, asset);
    if (path === 'index.html') serve('/', asset);
  }
}
