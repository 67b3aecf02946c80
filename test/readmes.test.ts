import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** A name in code that can only be a file of this repository, or a path of it. */
const OWN_NAME = /^[\w.-]+(\/[\w.-]+)*\.(tsx?|wat|[mc]js|css|py)$|^(src|test|web)\/[^ <]+$/;
/** A folder; in the documentation of the program it may be one of a data directory. */
const FOLDER = /^([\w.-]+\/)+$/;
/** A link to another file. */
const LINK = /\]\((?!https?:|#)([^)#\s]+)/g;

/**
 * The names and links of a Markdown text that lead nowhere. A name counts from the text's own folder, from the root, or
 * from a folder that stands before it in its line.
 */
function leadNowhere(text: string, folder: string): string[] {
  const there = (...path: string[]) => existsSync(join(ROOT, ...path));
  const nowhere: string[] = [];
  let fenced = false;
  for (const line of text.split('\n')) {
    if (line.startsWith('```')) fenced = !fenced;
    if (fenced) continue;
    for (const [, link = ''] of line.matchAll(LINK)) if (!there(folder, link)) nowhere.push(link);
    const folders = [folder, ''];
    for (const [, name = ''] of line.matchAll(/`([^`]+)`/g)) {
      if (!OWN_NAME.test(name) && (folder === 'docs' || !FOLDER.test(name))) continue;
      const found = folders.find((each) => there(each, name));
      if (found === undefined) nowhere.push(name);
      else if (name.endsWith('/')) folders.unshift(join(found, name));
    }
  }
  return nowhere;
}

/** The Markdown files that are kept: READMEs of rooms, and what carries the names of their files. */
const DOCUMENTS = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(ROOT, path)));

it('tells a file that is not there', () => {
  expect(leadNowhere('`store/`: `schema.ts`, `absent.ts`\n`schema.ts`', 'src')).toEqual([
    'absent.ts',
    'schema.ts',
  ]);
  expect(leadNowhere('[here](levels.ts#top) [gone](gone.md)', 'src/domain')).toEqual(['gone.md']);
  expect(leadNowhere('`src/domain` and `src/nowhere`', '')).toEqual(['src/nowhere']);
});

it.each(DOCUMENTS)('%s names only files that are there', (path) => {
  expect(leadNowhere(readFileSync(join(ROOT, path), 'utf8'), dirname(path))).toEqual([]);
});

it('the index of the documentation leads to all of it', () => {
  const index = readFileSync(join(ROOT, 'docs/README.md'), 'utf8');
  const pages = readdirSync(join(ROOT, 'docs')).filter((name) => /(?<!README)\.md$/.test(name));
  expect(pages.filter((name) => !index.includes(`](${name})`))).toEqual([]);
});

it('every room has a short table of contents', () => {
  const rooms = readdirSync(join(ROOT, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join('src', name));
  for (const room of [...rooms, 'web']) {
    const lines = readFileSync(join(ROOT, room, 'README.md'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines.length, room).toBeLessThan(40);
  }
});
