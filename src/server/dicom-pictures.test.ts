import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Semblance } from '../app/semblance.ts';
import type { PixelValues } from '../contract/dicom.ts';
import type { Image } from '../contract/shapes.ts';
import { dicomFile, elements, type MadeElement, picture } from '../testing/dicom.ts';
import { createApp } from './app.ts';

const SIDE = 8;
const COUNT = 5;

/** A CT slice: its values are 100 times its number and more, its place in the series the opposite of its name's. */
function slice(number: number, others: readonly MadeElement[] = []): Buffer {
  const frames = Number(others.find(([keyword]) => keyword === 'NumberOfFrames')?.[1] ?? 1);
  const pixels = Array.from(
    { length: SIDE * SIDE * frames },
    (_, i) => number * 100 + (i % SIDE) + 50 * Math.floor(i / (SIDE * SIDE)),
  );
  const made = picture(pixels, SIDE, [
    ...([
      ['Rows', SIDE],
      ['Modality', 'CT'],
      ['PatientName', 'PLANTEDNAME^ANNA'],
      ['PatientID', 'PLANTEDID'],
      ['StudyInstanceUID', '1.2.777'],
      ['SeriesInstanceUID', '1.2.777.1'],
      ['SOPInstanceUID', `1.2.777.1.${number}`],
      ['ImagePositionPatient', `0\\0\\${-number}`],
      ['ImageOrientationPatient', '1\\0\\0\\0\\1\\0'],
      ['RescaleIntercept', '-1024'],
      ['RescaleSlope', '1'],
      ['WindowCenter', '40'],
      ['WindowWidth', '400'],
      ['WindowCenterWidthExplanation', 'PLANTEDNAME'],
    ] as MadeElement[]),
    ...others,
  ]);
  return dicomFile('1.2.840.10008.1.2.1', elements(made));
}

const folder = mkdtempSync(join(tmpdir(), 'semblance-pictures-'));
let semblance: Semblance;
let app: ReturnType<typeof createApp>;
beforeAll(async () => {
  const files = join(folder, 'files');
  mkdirSync(files);
  for (let i = 1; i <= COUNT; i++) writeFileSync(join(files, `${i}`), slice(i));
  const several: MadeElement[] = [
    ['NumberOfFrames', '3'],
    ['SeriesInstanceUID', '1.2.777.2'],
    ['SOPInstanceUID', '1.2.777.2.1'],
  ];
  writeFileSync(join(files, 'frames'), slice(9, several));
  semblance = await Semblance.open({ home: join(folder, 'home') });
  await semblance.indexing.index({}, { collection: 'a', path: files });
  app = createApp(semblance, { maxUpload: 1_000_000 });
});
afterAll(async () => {
  await semblance.close();
  rmSync(folder, { recursive: true });
});

const get = (path: string) => app.request(`http://localhost/api/collections/a/${path}`);
const page = async (path: string) => JSON.parse(await (await get(path)).text());
const images = async (): Promise<Image[]> => (await page('images')).images;
const numberOf = async (path: string) =>
  (await images()).find((image) => image.path === path)?.id as number;

/** The values of an answer with samples; everything it says besides. */
async function read(response: Response) {
  expect([response.status, response.ok ? '' : await response.text()]).toEqual([200, '']);
  const said = JSON.stringify([...response.headers]);
  const { slope, intercept, ...rest }: PixelValues = JSON.parse(
    response.headers.get('x-values') ?? '{}',
  );
  const samples = new Uint16Array(await response.arrayBuffer());
  return { said, rest, values: [...samples].map((sample) => slope * sample + intercept) };
}

describe('pictures of DICOM over HTTP', () => {
  it('are Hounsfield units with the windows of the file, and name nobody', async () => {
    const { said, rest, values } = await read(await get(`images/${await numberOf('2')}/pixels`));
    expect(values.slice(0, 3)).toEqual([-824, -823, -822]);
    expect(rest).toMatchObject({
      ...{ exact: true, unit: 'HU', hounsfield: true },
      windows: [{ source: 'file', center: 40, width: 400, function: 'LINEAR' }],
    });
    expect(said).not.toMatch(/PLANTED|1\.2\.777/);
  });

  it('are those of a frame of an upload, which is not kept', async () => {
    const form = new FormData();
    form.append('file', new File([slice(9, [['NumberOfFrames', '3']])], 'a.dcm'));
    form.append('frame', '2');
    const send = (path: string) =>
      app.request(`http://localhost/api/${path}`, { method: 'POST', body: form });
    const response = await send('pixels');
    expect(response.headers.get('x-frames')).toBe('3');
    const { said, values } = await read(response);
    expect(values[0]).toBe(900 + 50 - 1024);
    expect(said).not.toMatch(/PLANTED|1\.2\.777/);
    expect((await send('preview')).headers.get('x-decoding')).toContain('"pages":3');
    form.set('frame', '4');
    const refused = JSON.parse(await (await send('pixels')).text());
    expect(refused).toMatchObject({ code: 'FRAMES_INVALID', status: 400 });
  });

  it('say what is kept of whom they are of', async () => {
    const collections = semblance.collections.list();
    expect(collections).toMatchObject([{ name: 'a', identity: 'pseudonymous' }]);
  });

  it('are found by their UID, which a frame may follow', async () => {
    const find = async (fields: Record<string, string>) => {
      const body = new FormData();
      for (const [name, value] of Object.entries(fields)) body.set(name, value);
      return app.request('http://localhost/api/instances', { method: 'POST', body });
    };
    const found = async (fields: Record<string, string>) =>
      JSON.parse(await (await find(fields)).text()).images.map(
        ({ collection, image }: { collection: string; image: Image }) =>
          `${collection} ${image.path} ${image.frame}`,
      );
    expect(await found({ instance: '1.2.777.1.3' })).toEqual(['a 3 1']);
    expect(await found({ instance: '1.2.777.2.1' })).toEqual(['a frames 1']);
    expect(await found({ instance: '1.2.777.2.1', frame: '2' })).toEqual(['a frames 2']);
    expect(await found({ instance: '1.2.777.2.1', frame: '4' })).toEqual([]);
    expect(await found({ instance: '1.2.777.1' })).toEqual([]);
    for (const wrong of ['', '1.2.%', '*', '1'.repeat(65)]) {
      expect((await find({ instance: wrong })).status, wrong).toBe(400);
    }
  });

  it('have UIDs that are told where that is wanted alone', async () => {
    const [{ id, frame }] = (await images()).filter(
      (image) => image.path === 'frames' && image.frame === 2,
    ) as [Image];
    const told = createApp(semblance, { maxUpload: 1, dicomWeb: { personal: false } });
    const ask = async (server: typeof app, image: number) => {
      const path = `http://localhost/api/collections/a/images/${image}/instance`;
      const response = await server.request(path);
      return JSON.parse(await response.text());
    };
    expect(await ask(told, id)).toEqual({
      ...{ study: '1.2.777', series: '1.2.777.2', instance: '1.2.777.2.1', frame },
    });
    expect((await ask(app, id)).code).toBe('DICOMWEB_OFF');
    expect((await ask(told, 9999)).code).toBe('IMAGE_NOT_FOUND');
    const file = join(folder, 'files', 'frames');
    const before = readFileSync(file);
    writeFileSync(file, slice(8));
    expect((await ask(told, id)).code).toBe('IMAGE_CHANGED');
    writeFileSync(file, before);
  });
});
