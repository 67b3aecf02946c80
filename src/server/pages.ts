import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OpenAPIHono } from '@hono/zod-openapi';
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
<link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script>
</body></html>`;
const API_SCRIPT = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui' });`;

/** The page, the API's description and a page to try it. */
export function addPages(app: OpenAPIHono): void {
  const text = (body: string, type: string) =>
    new Asset(new TextEncoder().encode(body), `${type}; charset=utf-8`, false);
  const serve = (path: string, asset: Asset) => app.get(path, (c) => asset.respond(c));
  const description = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Semblance', version: '0.1.0', license: { name: 'Apache-2.0' } },
  });
  serve('/openapi.json', text(JSON.stringify(description), 'application/json'));
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
