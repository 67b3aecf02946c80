import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../', import.meta.url);

/** Requirements of the levels 1 and 2 of OWASP ASVS 4.0.3, by section. */
const REQUIREMENTS = `
  1.1:1-7 1.2:1-4 1.4:1,4-5 1.5:1-4 1.6:1-4 1.7:1-2 1.8:1-2 1.9:1-2 1.10:1 1.11:1-2 1.12:2 1.14:1-6
  2.1:1-12 2.2:1-3 2.3:1-3 2.4:1-5 2.5:1-7 2.6:1-3 2.7:1-6 2.8:1-7 2.9:1-3 2.10:1-4
  3.1:1 3.2:1-4 3.3:1-4 3.4:1-5 3.5:1-3 3.7:1 4.1:1-3,5 4.2:1-2 4.3:1-3
  5.1:1-5 5.2:1-8 5.3:1-10 5.4:1-3 5.5:1-4 6.1:1-3 6.2:1-6 6.3:1-2 6.4:1-2
  7.1:1-4 7.2:1-2 7.3:1,3-4 7.4:1-3 8.1:1-4 8.2:1-3 8.3:1-8 9.1:1-3 9.2:1-4 10.2:1-2 10.3:1-3 11.1:1-8
  12.1:1-3 12.2:1 12.3:1-6 12.4:1-2 12.5:1-2 12.6:1
  13.1:1,3-5 13.2:1-3,5-6 13.3:1-2 13.4:1-2 14.1:1-4 14.2:1-6 14.3:2-3 14.4:1-7 14.5:1-4`
  .trim()
  .split(/\s+/)
  .flatMap((section) => {
    const [name, ranges = ''] = section.split(':');
    return ranges.split(',').flatMap((range) => {
      const [from = 0, to = from] = range.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, i) => `${name}.${from + i}`);
    });
  });

describe('the account of OWASP ASVS in docs/security.md', () => {
  const text = readFileSync(new URL('docs/security.md', ROOT), 'utf8');
  const rows = [...text.matchAll(/^\| ([\d., ]+) \| ([a-z ]+) \| (.*) \|(.*)\|$/gm)].map(
    ([, ids = '', answer = '', why = '', shown = '']) => ({
      ids: ids.split(', '),
      answer,
      why,
      files: [...shown.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file),
    }),
  );

  it('has an answer to each requirement, once', () => {
    const answered = rows.flatMap(({ ids }) => ids);
    expect(answered.toSorted()).toEqual(REQUIREMENTS.toSorted());
  });

  it('names what shows it, or says why it is not so', () => {
    for (const { ids, answer, why, files } of rows) {
      expect(['yes', 'partly', 'no', 'not applicable'], ids.join()).toContain(answer);
      expect(why.length, ids.join()).toBeGreaterThan(2);
      if (answer === 'yes') expect(files.length, ids.join()).toBeGreaterThan(0);
      for (const file of files) {
        expect(existsSync(fileURLToPath(new URL(file, ROOT))), `${ids}: ${file}`).toBe(true);
        expect(file).toMatch(/\.test\.ts$|^\.ci\/run$/);
      }
    }
  });

  it('counts its answers', () => {
    const [, ...told] =
      /All (\d+) requirements.*: (\d+) yes, (\d+) partly, (\d+) no, (\d+) not/.exec(text) ?? [];
    const count = (answer: string) =>
      rows.filter((row) => row.answer === answer).flatMap(({ ids }) => ids).length;
    const each = ['yes', 'partly', 'no', 'not applicable'].map(count);
    expect(told.map(Number)).toEqual([REQUIREMENTS.length, ...each]);
  });
});
