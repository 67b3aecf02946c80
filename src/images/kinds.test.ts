import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { SemblanceError } from '../domain/errors/error.ts';
import { decodeImage } from './decode.ts';

/** What scripts/image-fixtures.py writes: files of every kind, with the pixels that Pillow reads. */
interface Kind {
  name: string;
  /** Base64, as `rgb`. */
  file: string;
  width?: number;
  height?: number;
  rgb?: string;
  error?: string;
}

const FIXTURE = new URL('fixtures/kinds.json', import.meta.url);
const kinds: Kind[] = JSON.parse(await readFile(FIXTURE, 'utf8'));

/** The picture, or the code of the error, in one form for both sides. */
async function read(file: string) {
  try {
    const { width, height, data } = await decodeImage(Buffer.from(file, 'base64'));
    return { width, height, rgb: Buffer.from(data).toString('base64') };
  } catch (error) {
    if (error instanceof SemblanceError) return { error: error.code };
    throw error;
  }
}

describe('decodeImage', () => {
  it.each(kinds.map((kind) => [kind.name, kind] as const))('reads %s', async (_, kind) => {
    const { width, height, rgb, error } = kind;
    expect(await read(kind.file)).toEqual(error === undefined ? { width, height, rgb } : { error });
  });

  it('gives the whole picture or an error for a file that is cut off, never a part', async () => {
    for (const { name, file, error, ...picture } of kinds) {
      if (error !== undefined) continue;
      const bytes = Buffer.from(file, 'base64');
      for (const missing of [1, 5, 13, 30, bytes.length / 3, bytes.length / 1.5]) {
        const rest = bytes.subarray(0, Math.max(1, bytes.length - Math.ceil(missing)));
        const found = await read(rest.toString('base64'));
        if (found.error !== undefined) continue;
        const { width, height, rgb } = picture;
        expect({ name, missing, ...found }).toEqual({ name, missing, width, height, rgb });
      }
    }
  });
});
