import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type PlaceMap, rangeOf } from '../../domain/explanation.ts';
import { randomFrom } from '../../domain/random.ts';
import {
  type EncoderDefinition,
  parseDefinition,
  readDefinition,
} from '../../encoding/encoders/definition.ts';
import { Encoder } from '../../encoding/encoders/encoder.ts';
import { installModel } from '../../encoding/models/install.ts';
import { definitionFile } from '../../encoding/models/installed.ts';
import { relativeOf } from '../../encoding/models/template.ts';
import { preprocess } from '../../encoding/preprocess/preprocess.ts';
import type { Pixels } from '../../images/pixels.ts';
import { DataDirectory } from '../../store/data-directory.ts';
import type { StoredEncoder } from '../../store/records.ts';
import { PATCH, SIZE, writePatchEncoder } from '../../testing/patch-encoder.ts';
import { hasShared, sharedPath } from '../../testing/shared.ts';
import { EncoderSpace } from '../encoder-space.ts';
import { explain, type ReadPictures } from './explain.ts';

/** A square of the same random pattern at a place of a picture of another random pattern. */
function picture(
  seed: number,
  size: { width: number; height: number },
  square: { x: number; y: number; edge: number; grain: number },
  background: number,
): Pixels {
  const random = randomFrom(seed);
  const pattern = randomFrom(99);
  const cells = Math.ceil(square.edge / square.grain);
  const shared = Array.from({ length: cells * cells }, () => Math.floor(pattern() * 256));
  const data = new Uint8Array(size.width * size.height * 3);
  for (let i = 0; i < size.width * size.height; i++) {
    const x = (i % size.width) - square.x;
    const y = Math.floor(i / size.width) - square.y;
    const own = Math.floor(random() * background);
    const inside = x >= 0 && y >= 0 && x < square.edge && y < square.edge;
    const cell = Math.floor(y / square.grain) * cells + Math.floor(x / square.grain);
    data.fill(inside ? (shared[cell] as number) : own, i * 3, i * 3 + 3);
  }
  const decoding = { format: 'png', bits: 8, colour: 'grey', orientation: 1, pages: 1 };
  return { ...size, data, decoding };
}

/** Both pictures, prepared in this process. */
function prepared({ query, result }: { query: Pixels; result: Pixels }): ReadPictures {
  return async (spec) => ({
    query: { ...query, input: preprocess(query, spec) },
    result: { ...result, input: preprocess(result, spec) },
  });
}

/** The middle of the place with the highest value, in the picture's pixels. */
function highest({ rows, columns, area, values }: PlaceMap): { x: number; y: number } {
  const place = values.indexOf(
    Math.max(...values.map((value) => value ?? Number.NEGATIVE_INFINITY)),
  );
  return {
    x: area.x + (((place % columns) + 0.5) * area.width) / columns,
    y: area.y + ((Math.floor(place / columns) + 0.5) * area.height) / rows,
  };
}

describe('maps of what two pictures share', () => {
  const folder = mkdtempSync(join(tmpdir(), 'semblance-explain-'));
  const home = new DataDirectory(join(folder, 'home'));
  const store = home.open('c', { create: true });
  const spaces: EncoderSpace[] = [];
  afterAll(async () => {
    for (const space of spaces) await space.release();
    store.close();
    rmSync(folder, { recursive: true });
  });

  async function spaceOf(definition: EncoderDefinition): Promise<EncoderSpace> {
    const encoder = await Encoder.load(definition);
    await encoder.release();
    const { name, fingerprint, dimension } = encoder;
    const id = store.encoders.register({
      name,
      fingerprint,
      dimension,
      definition: JSON.stringify(definition),
    });
    const stored = store.encoders.list().find((each) => each.id === id) as StoredEncoder;
    const space = new EncoderSpace(stored);
    spaces.push(space);
    return space;
  }
  function patchEncoder(name: string, preprocess: object): Promise<EncoderSpace> {
    const definition = writePatchEncoder(folder, name, preprocess);
    return spaceOf(parseDefinition(definition, join(folder, 'e.json')));
  }

  const cropped = {
    resize: { mode: 'shortest-edge', size: 80 },
    centreCrop: { width: SIZE, height: SIZE },
  };
  const padded = { resize: { mode: 'longest-edge-pad', size: SIZE } };

  it.each([
    // Twice the size: 160 is resized to 80 and loses 8 at each side, so places begin at 16 and are 16 wide.
    ['cropped', cropped, { width: 160, height: 160 }, [32, 112], [96, 64]],
    ['cropped, wide', cropped, { width: 240, height: 160 }, [88, 32], [120, 112]],
    ['padded', padded, { width: 128, height: 96 }, [16, 80], [96, 32]],
  ] as const)(
    'find the shared patch where it is: %s',
    async (name, preprocess, size, at, other) => {
      const space = await patchEncoder(name.replace(/\W/g, '-'), preprocess);
      const square = (place: readonly [number, number]) => ({
        x: place[0],
        y: place[1],
        edge: 2 * PATCH,
        grain: 4,
      });
      const middle = ([x, y]: readonly [number, number]) => ({ x: x + PATCH, y: y + PATCH });
      const tokens = await explain(
        space,
        prepared({
          query: picture(1, size, square(at), 256),
          result: picture(2, size, square(other), 256),
        }),
      );
      expect(tokens.method).toBe('tokens');
      expect([highest(tokens.query), highest(tokens.result)]).toEqual([middle(at), middle(other)]);
      expect(rangeOf(tokens).high).toBeGreaterThan(0.95);

      // Where all else is dark, the similarity rests on the square.
      let last = [0, 0];
      const occlusion = await explain(
        space,
        prepared({
          query: picture(1, size, square(at), 12),
          result: picture(2, size, square(other), 12),
        }),
        {
          method: 'occlusion',
          onProgress: (done, total) => {
            last = [done, total];
          },
        },
      );
      expect([highest(occlusion.query), highest(occlusion.result)]).toEqual([
        middle(at),
        middle(other),
      ]);
      const seen = occlusion.query.values.filter((value) => value !== null).length;
      expect(seen).toBe(name === 'padded' ? 48 : 64);
      expect(last).toEqual([2 * seen, 2 * seen]);
    },
  );

  it('refuses more than one encoder, and tokens where there are none', async () => {
    const space = await patchEncoder('plain', cropped);
    const { tokens: _, ...definition } = JSON.parse(space.encoder.definition);
    const without = await spaceOf({ ...definition, name: 'without' });
    const pictures = prepared({
      query: picture(1, { width: 64, height: 64 }, { x: 0, y: 0, edge: 8, grain: 4 }, 256),
      result: picture(2, { width: 64, height: 64 }, { x: 0, y: 0, edge: 8, grain: 4 }, 256),
    });
    await expect(explain(without, pictures, { method: 'tokens' })).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
    });
    const stopped = explain(without, pictures, { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
  });

  it.skipIf(!hasShared('goldens/encoders/vit/ABOUT.md'))(
    'finds the shared patch with a compiled vision transformer',
    async () => {
      const from = sharedPath('goldens/encoders/vit/checkpoint');
      await installModel(home, relativeOf('vit-base-in21k', 'tiny'), from, { relative: true });
      const definition = await readDefinition(definitionFile(home, 'tiny'));
      const space = await spaceOf(definition);
      // 64 x 64 pixels, 4 x 4 patches; the same place, because its position is a part of a token.
      const size = { width: 128, height: 128 };
      const square = { x: 64, y: 32, edge: 32, grain: 4 };
      const { method, query, result } = await explain(
        space,
        prepared({
          query: picture(1, size, square, 256),
          result: picture(2, size, square, 256),
        }),
      );
      expect([method, query.rows, query.columns]).toEqual(['tokens', 4, 4]);
      expect([highest(query), highest(result)]).toEqual([
        { x: 80, y: 48 },
        { x: 80, y: 48 },
      ]);
    },
  );
});
