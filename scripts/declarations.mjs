// The declarations of the library: those that its entries lead to, which are its public types.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** A relative import, in a declaration also as a type: `import("./a.ts")`. */
const IMPORT = /(from |import\()(['"])(\.{1,2}\/[^'"]+?)(?:\.ts|\.js)\2/g;

/** The entries that package.json exports, as files of declarations. */
export function entries() {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));
  return Object.values(exports).flatMap(({ types }) => types ?? []);
}

/** Texts of the declarations that files lead to, by path, in the order of their imports. */
export function reachable(files, found = new Map()) {
  for (const file of files.filter((one) => !found.has(one))) {
    const text = readFileSync(file, 'utf8');
    found.set(file, text);
    const imported = [...text.matchAll(IMPORT)].map(([, , , module]) => `${module}.d.ts`);
    reachable(
      imported.map((module) => join(file, '..', module)),
      found,
    );
  }
  return found;
}

/** Leaves the public declarations in dist, with the endings of what lies there, and removes all others. */
export function tidyDeclarations() {
  const kept = reachable(entries().map((entry) => join(entry)));
  for (const name of readdirSync('dist', { recursive: true })) {
    const file = join('dist', name);
    if (file.endsWith('.d.ts') && !kept.has(file)) rmSync(file);
  }
  for (const [file, text] of kept) writeFileSync(file, text.replace(IMPORT, '$1$2$3.js$2'));
}

/** What an error says in words, which is no part of its type. */
const WORDS = /^ +readonly (?:title|advice): .*\n/gm;

/** The report of the public types: a chapter for each module of declarations. */
export function apiReport() {
  const files = reachable(entries().map((entry) => join(entry)));
  const modules = [...files].map(([file, text]) => {
    const name = relative('dist', file).replace(/\.d\.ts$/, '');
    return `## ${name}\n\n\`\`\`ts\n${text.replace(WORDS, '').trim()}\n\`\`\`\n`;
  });
  return `# Public types\n\nWhat \`semblance\`, \`semblance/server\` and \`semblance/browser\` declare. \`npm run docs:api\` renews this file.\n\n${modules.join('\n')}`;
}
