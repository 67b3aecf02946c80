// Puts the catalogue into docs/models.md: `npm run docs:models`.
import { readFileSync, writeFileSync } from 'node:fs';
import { modelsDocument } from '../src/encoding/models/document.ts';
import { readCatalogue } from '../src/encoding/models/template.ts';

const page = new URL('../docs/models.md', import.meta.url);
writeFileSync(page, modelsDocument(readFileSync(page, 'utf8'), readCatalogue()));
