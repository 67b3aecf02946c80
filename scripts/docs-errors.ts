// Prints docs/errors.md from the registry: `npm run docs:errors`.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { errorsDocument } from '../src/domain/errors/document.ts';

writeFileSync(fileURLToPath(new URL('../docs/errors.md', import.meta.url)), errorsDocument());
