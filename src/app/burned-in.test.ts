import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import type { BurnedInPolicy } from '../domain/burned-in.ts';
import { decodeImage } from '../images/decode.ts';
import { blacken, parseMask } from '../images/mask.ts';
import { drawPhantoms, encodePng } from '../images/phantoms/phantoms.ts';
import type { Pixels } from '../images/pixels.ts';
import { createApp } from '../server/app.ts';
import { dicomFile, elements, type MadeElement, picture } from '../testing/dicom.ts';
import { drawText, hasFonts } from '../testing/drawn-text.ts';
import { Semblance } from './semblance.ts';

/** Each run starts processes that load a network. */
const PATIENCE = 240_000;

const work = mkdtempSync(join(tmpdir(), 'semblance-burned-in-'));
afterAll(() => rmSync(work, { recursive: true }));

const fonts = await hasFonts();
if (!fonts) console.log('Text cannot be drawn: no fonts are installed.');

let made = 0;
/** A data directory, and a folder of pictures: `plain.png`, and with text `text.png`. */
async function opened(files: Record<string, Uint8Array> = {}) {
  const home = join(work, `home-${made}`);
  const folder = join(work, `images-${made++}`);
  mkdirSync(folder);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  const semblance = await Semblance.open({ home });
  const index = (burnedIn?: BurnedInPolicy, options: { window?: string } = {}) =>
    semblance.indexing.index({}, { collection: 'a', path: folder, burnedIn, ...options });
  const listed = async () =>
    (await semblance.collections.images({}, { collection: 'a', offset: 0, limit: 50 })).images;
  return { home, folder, semblance, index, listed };
}

const png = ({ width, height, data }: Pixels) =>
  sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();

const [plain] = await Promise.all(
  [...drawPhantoms(1, 1)].slice(0, 1).map(async (each) => decodeImage(await encodePng(each))),
);
const drawn = await drawText(plain as Pixels, {
  ...{ text: 'MUELLER^ANNA', font: 'DejaVu Sans', height: 12, place: 0 },
});
const textFiles = async () => ({
  'plain.png': await png(plain as Pixels),
  'text.png': await png(drawn?.picture as Pixels),
});

describe.skipIf(!fonts)('burned-in text in a collection', { timeout: PATIENCE }, () => {
  it('is told, with a field to filter by, and nothing is encoded anew', async () => {
    const { semblance, index, listed } = await opened(await textFiles());
    expect((await index()).burnedIn).toEqual({ policy: 'auto', images: [], notLookedAt: 0 });
    const result = await index('warn');
    expect(result).toMatchObject({ added: 0, unchanged: 2 });
    expect(result.burnedIn).toEqual({
      policy: 'warn',
      images: [
        { state: 'text', count: 1, examples: ['text.png'] },
        { state: 'none', count: 1, examples: ['plain.png'] },
      ],
      notLookedAt: 0,
    });
    const fields = (await listed()).map(({ path, metadata }) => [path, metadata.burned_in]);
    expect(fields).toEqual([
      ['plain.png', 'none'],
      ['text.png', 'text'],
    ]);
    // What is known stays as it is when nothing has changed, and no field is left when it is not looked for.
    expect(await index()).toMatchObject({ unchanged: 2, burnedIn: { policy: 'warn' } });
    await semblance.close();
  });

  it('is black in all that is made of a masked image', async () => {
    const { home, semblance, index, listed } = await opened(await textFiles());
    await index('warn');
    const [, before] = await listed();
    const image = { collection: 'a', id: before?.id as number };
    const small = await semblance.pictures.thumbnail({}, { ...image, edge: 128 });
    const app = createApp(semblance, { maxUpload: 1e6 });
    const path = `/api/collections/a/images/${image.id}/rendered?v=${before?.contentHash}`;
    const served = (known = '') =>
      app.request(`http://localhost${path}`, {
        headers: { host: 'localhost', 'if-none-match': known },
      });
    const etag = (await served()).headers.get('etag') ?? '';
    expect((await served(etag)).status).toBe(304);
    await index('warn', { window: 'lung' });

    const result = await index('mask');
    expect(result).toMatchObject({ reread: 1, unchanged: 1, failed: 0 });
    expect(result.burnedIn.images[0]).toEqual({
      state: 'masked',
      count: 1,
      examples: ['text.png'],
    });
    const [other, after] = await listed();
    expect(other?.decoding).not.toHaveProperty('mask');
    expect(after?.metadata).toMatchObject({ burned_in: 'masked' });
    const boxes = parseMask(after?.decoding?.mask as string);

    // The embedding is that of the masked picture, and no other encoder has one of the text any more.
    const masked = blacken(drawn?.picture as Pixels, 3, boxes);
    const { neighbours } = await semblance.search.search(
      {},
      { collection: 'a', parts: [{ file: 0 }], k: 2, files: [await png(masked)] },
    );
    expect(neighbours.find(({ image: { id } }) => id === image.id)?.similarity).toBeCloseTo(1, 6);
    expect(await index(undefined, { window: 'lung' })).toMatchObject({ added: 1, unchanged: 1 });

    // Every picture that is shown, to those who have it from before as well.
    const fresh = await served(etag);
    expect([fresh.status, fresh.headers.get('cache-control')]).toEqual([200, 'private, no-cache']);
    const rendered = await sharp(await semblance.pictures.rendered({}, image))
      .removeAlpha()
      .raw()
      .toBuffer();
    expect(Buffer.compare(rendered, Buffer.from(masked.data))).toBe(0);
    const { bytes, channels } = await semblance.pictures.samples({}, image);
    const inked = (drawn?.ink ?? []).map((at) => bytes[at * channels]);
    expect(inked.length).toBeGreaterThan(100);
    expect(inked.every((value) => value === 0)).toBe(true);
    const thumbnail = await semblance.pictures.thumbnail({}, { ...image, edge: 128 });
    expect(Buffer.compare(thumbnail, small)).not.toBe(0);
    const brightest = async (webp: Uint8Array) => {
      const part = { left: 0, top: 0, width: 40, height: 6 };
      const { channels: found } = await sharp(
        await sharp(webp).extract(part).png().toBuffer(),
      ).stats();
      return Math.max(...found.map(({ max }) => max));
    };
    expect(await brightest(small)).toBeGreaterThan(150);
    expect(await brightest(thumbnail)).toBeLessThan(60);
    // The one that was kept before is gone from the disk.
    await expect
      .poll(
        () =>
          readdirSync(home, { recursive: true }).filter((name) => `${name}`.endsWith('.webp'))
            .length,
      )
      .toBe(1);

    // And back.
    expect(await index('off')).toMatchObject({ reread: 1, unchanged: 1 });
    const [, last] = await listed();
    expect([last?.decoding?.mask, last?.metadata.burned_in]).toEqual([undefined, undefined]);
    await semblance.close();
  });

  it('leaves images out, those that were there before too', async () => {
    const { semblance, index, listed } = await opened(await textFiles());
    await index();
    expect((await listed()).length).toBe(2);
    const result = await index('skip');
    expect(result).toMatchObject({ failed: 0, unchanged: 1 });
    expect(result.leftOut).toEqual([
      { kind: 'image with burned-in text', count: 1, examples: ['text.png'] },
    ]);
    expect((await listed()).map(({ path }) => path)).toEqual(['plain.png']);
    await semblance.close();
  });
});

const dicom = (modality: string, others: readonly MadeElement[] = []) =>
  dicomFile(
    '1.2.840.10008.1.2.1',
    elements(
      picture(
        Array.from({ length: 64 * 64 }, (_, i) => (i * 7919) % 1000),
        64,
        [['Rows', 64], ['Modality', modality], ...others],
      ),
    ),
  );

describe('what a file says of burned-in text', { timeout: PATIENCE }, () => {
  it('decides whether it is looked for, and what cannot be found is said', async () => {
    const yes: MadeElement = ['BurnedInAnnotation', 'YES'];
    const no: MadeElement = ['BurnedInAnnotation', 'NO'];
    const { semblance, index, listed } = await opened({
      ...{ ct: dicom('CT'), 'ct-no': dicom('CT', [no]), us: dicom('US') },
      ...{ 'us-no': dicom('US', [no]), 'us-yes': dicom('US', [yes]) },
    });
    const fields = async () =>
      Object.fromEntries((await listed()).map(({ path, metadata }) => [path, metadata.burned_in]));
    const first = await index();
    expect(await fields()).toEqual({
      ...{ ct: undefined, 'ct-no': undefined, us: 'none', 'us-no': undefined },
      'us-yes': 'declared',
    });
    // One that says it has none, of a kind that often has some.
    expect(first.burnedIn.notLookedAt).toBe(1);
    await index('warn');
    expect(await fields()).toEqual({
      ...{ ct: 'none', 'ct-no': 'unscanned', us: 'none', 'us-no': 'none', 'us-yes': 'declared' },
    });
    const masked = await index('mask');
    expect(masked.failures).toMatchObject([{ code: 'BURNED_IN_TEXT_REMAINS' }]);
    expect(Object.keys(await fields())).toEqual(['ct', 'ct-no', 'us', 'us-no']);
    await semblance.close();
  });
});
