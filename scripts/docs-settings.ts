// Prints docs/configuration.md from the options of the server: `npm run docs:settings`.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { settingsDocument } from '../src/cli/settings-document.ts';

writeFileSync(
  fileURLToPath(new URL('../docs/configuration.md', import.meta.url)),
  settingsDocument(),
);
