// Writes clients/openapi.json from the routes of the server: `npm run docs:openapi`.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Semblance } from '../src/app/semblance.ts';
import { createApp } from '../src/server/app.ts';
import { apiDescription } from '../src/server/pages.ts';

const folder = mkdtempSync(join(tmpdir(), 'semblance-openapi-'));
const semblance = await Semblance.open({
  home: folder,
  limits: { maxPixels: 1 },
});
const app = createApp(semblance, { maxUpload: 1 });
const description = JSON.stringify(apiDescription(app), null, 2);
writeFileSync(new URL('../clients/openapi.json', import.meta.url), `${description}\n`);
await semblance.close();
rmSync(folder, { recursive: true });
