import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorsDocument } from './document.ts';
import { SemblanceError, toSemblanceError } from './error.ts';

describe('errors', () => {
  it('are listed in docs/errors.md as they are', () => {
    const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
    expect(page).toBe(errorsDocument());
  });

  it('gives the errors of the file system their codes', () => {
    const code = (system: string) =>
      toSemblanceError(Object.assign(new Error('x'), { code: system }), 'f').code;
    expect(['ENOENT', 'EACCES', 'ENOSPC', 'EOTHER'].map(code)).toEqual([
      'PATH_NOT_FOUND',
      'PATH_NOT_READABLE',
      'DISK_FULL',
      'INTERNAL',
    ]);
  });

  it('passes coded errors through', () => {
    const error = new SemblanceError('IMAGE_EMPTY', 'none', { subject: 'a.png' });
    expect(toSemblanceError(error, 'other')).toBe(error);
  });
});
