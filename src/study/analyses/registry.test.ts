import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ANALYSES } from './registry.ts';

it('is what docs/benchmark.md lists', () => {
  const text = readFileSync(new URL('../../../docs/benchmark.md', import.meta.url), 'utf8');
  const [, list = ''] = /^\| `analyses` *\|[^|]*\|([^|]*)\|$/m.exec(text) ?? [];
  expect([...list.matchAll(/`([^`]+)`/g)].map(([, name]) => name)).toEqual([...ANALYSES]);
});
