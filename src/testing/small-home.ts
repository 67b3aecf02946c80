import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { Semblance } from '../app/semblance.ts';
import { randomFrom } from '../domain/random.ts';
import { Encoder } from '../encoding/encoders/encoder.ts';
import { findEncoder } from '../encoding/encoders/registry.ts';
import { indexImages } from '../indexing/index-images.ts';
import { readSource } from '../indexing/read-source.ts';
import { createApp } from '../server/app.ts';
import { DataDirectory } from '../store/data-directory.ts';
import { tinyEncoder } from './tiny-encoder.ts';

/** Images of the small collection; two of each patient, the first eight are of modality XR. */
const IMAGES = 12;

/** A data directory with the collection `test`: indexed pictures of noise, by two encoders. */
interface SmallHome {
  path: string;
  /** The file of a picture, from 0. */
  picture(number: number): string;
  remove(): void;
}

/** The collection opened by the application, and served. */
export interface SmallDoors {
  home: SmallHome;
  semblance: Semblance;
  app: ReturnType<typeof createApp>;
  close(): Promise<void>;
}

/** Makes a data directory as `smallHome` does, and opens its doors. */
export async function smallDoors(): Promise<SmallDoors> {
  const home = await smallHome();
  const semblance = await Semblance.open({ home: home.path });
  return {
    home,
    semblance,
    app: createApp(semblance, { maxUpload: 1e6 }),
    async close() {
      await semblance.close();
      home.remove();
    },
  };
}

/** Makes a data directory whose collection has embeddings of the encoders `baseline` and `fragile`. */
async function smallHome(): Promise<SmallHome> {
  const folder = mkdtempSync(join(tmpdir(), 'semblance-small-'));
  const images = join(folder, 'images');
  mkdirSync(images);
  const picture = (number: number) => join(images, `${number}.png`);
  const rows = ['filepath,patient,modality,year,label'];
  for (let i = 0; i < IMAGES; i++) {
    const random = randomFrom(i);
    const data = Uint8Array.from({ length: 48 * 40 }, () => random() * 255);
    const raw = { width: 48, height: 40, channels: 1 } as const;
    await sharp(data, { raw }).blur(3).normalise().png().toFile(picture(i));
    const patient = Math.floor(i / 2);
    rows.push(`${i}.png,p${patient},${i < 8 ? 'XR' : 'CT'},${2010 + i},finding ${i % 3}`);
  }
  writeFileSync(join(images, 'dataset.csv'), rows.join('\n'));
  const home = new DataDirectory(join(folder, 'home'));
  const store = home.open('test', { create: true });
  const source = await readSource(images);
  const baseline = await findEncoder('baseline', home.encodersFolder);
  for (const definition of [baseline, tinyEncoder(-1, folder)]) {
    const encoder = await Encoder.load(definition);
    await indexImages(store, encoder, source, { threads: 1 });
    await encoder.release();
  }
  store.close();
  return {
    path: join(folder, 'home'),
    picture,
    remove: () => rmSync(folder, { recursive: true }),
  };
}
