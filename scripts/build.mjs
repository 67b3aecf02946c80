// Compiles the program and the page into dist/.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, rmSync } from 'node:fs';
import { tidyDeclarations } from './declarations.mjs';

function run(...args) {
  const { status } = spawnSync('npx', ['--no-install', ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

rmSync('dist', { recursive: true, force: true });
run('tsc', '-p', 'tsconfig.build.json');
tidyDeclarations();
chmodSync('dist/cli/main.js', 0o755);
for (const folder of ['encoding/encoders/definitions', 'encoding/models/catalogue']) {
  cpSync(`src/${folder}`, `dist/${folder}`, { recursive: true });
}
run('vite', 'build', 'web', '--logLevel', 'warn');
run('vite', 'build', 'clients/ohif', '--logLevel', 'warn');
// The page that tries the API needs two files of a package that is large and otherwise not needed.
for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js']) {
  cpSync(`node_modules/swagger-ui-dist/${file}`, `dist/swagger-ui/${file}`);
}
