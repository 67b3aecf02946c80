import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readDefinition } from '../../src/encoding/encoders/definition.ts';
import { Encoder } from '../../src/encoding/encoders/encoder.ts';
import { installModel } from '../../src/encoding/models/install.ts';
import { relativeOf } from '../../src/encoding/models/template.ts';
import { preprocess } from '../../src/encoding/preprocess/preprocess.ts';
import { decodeImage } from '../../src/images/decode.ts';
import { DataDirectory } from '../../src/store/data-directory.ts';
import { readEmbeddings } from '../../src/study/exchange/formats.ts';
import { hasShared, sharedPath } from '../../src/testing/shared.ts';

const work = mkdtempSync(join(tmpdir(), 'semblance-faults-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));
const home = new DataDirectory(join(work, 'home'));

const fault = (path: string) => sharedPath(`faults/${path}`);

/** Adds a checkpoint as a relative, by the name that it has here. */
function add(name: string, from: string, like = 'vit-base-in21k') {
  return installModel(home, relativeOf(like, name), fault(from), { relative: true });
}

/** The numbers of a file that numpy wrote. */
function numbersOf(file: string): Float64Array {
  const bytes = readFileSync(file);
  const start = 10 + bytes.readUInt16LE(8);
  return new Float64Array(
    bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length),
  );
}

/** Largest difference of the embedding of the picture to that of the whole model. */
async function difference(definitionFile: string): Promise<number> {
  const definition = await readDefinition(definitionFile);
  const picture = readFileSync(fault('bmp-rle/ref8.png'));
  const encoder = await Encoder.load(definition);
  try {
    const pixels = preprocess(await decodeImage(picture), definition.preprocess);
    const [embedding] = await encoder.encode([pixels]);
    const truth = numbersOf(fault('checkpoint-lacks-a-layer/truth.npy'));
    return Math.max(...truth.map((value, i) => Math.abs(value - (embedding?.[i] ?? Number.NaN))));
  } finally {
    await encoder.release();
  }
}

describe.skipIf(!hasShared('faults/checkpoint-lacks-a-layer'))('checkpoint-lacks-a-layer', () => {
  it.each([
    ['gap_layer1', 16, /encoder\.layer\.1\.attention\.attention\.query\.weight/],
    ['gap_norm1', 1, /: encoder\.layer\.1\.layernorm_before\.weight\.$/],
    ['short', 16, /encoder\.layer\.2\.output\.dense\.bias/],
  ])('%s', async (folder, count, named) => {
    await expect(
      add(folder.replace('_', '-'), `checkpoint-lacks-a-layer/${folder}`),
    ).rejects.toMatchObject({
      code: 'CHECKPOINT_INCOMPLETE',
      message: expect.stringMatching(named),
      subject: expect.stringContaining('model.safetensors'),
    });
    await expect(add('again', `checkpoint-lacks-a-layer/${folder}`)).rejects.toMatchObject({
      message: expect.stringMatching(new RegExp(`^${count} missing`)),
    });
  });
});

describe.skipIf(!hasShared('faults/checkpoint-with-prefix'))('checkpoint-with-prefix', () => {
  it.each([
    ['module', '"module."'],
    ['compiled', '"_orig_mod."'],
    ['lightning', '"model."'],
    ['teacher', 'the teacher is used'],
  ])('%s', async (folder, told) => {
    const result = await add(folder, `checkpoint-with-prefix/${folder}`);
    expect(result.notes.join('\n')).toContain(told);
    if (folder !== 'teacher') expect(await difference(result.definition)).toBeLessThan(1e-4);
  });
});

describe.skipIf(!hasShared('faults/lfs-pointer-as-weights'))('lfs-pointer-as-weights', () => {
  it('is called what it is', async () => {
    await expect(add('pointer', 'lfs-pointer-as-weights/m')).rejects.toMatchObject({
      code: 'CHECKPOINT_INVALID',
      message: expect.stringContaining('Git LFS pointer'),
    });
  });
});

describe.skipIf(!hasShared('faults/safetensors-f8-beside'))('safetensors-f8-beside', () => {
  it('is read, and the tensor that the model does not need is told', async () => {
    const result = await add('beside', 'safetensors-f8-beside/m');
    expect(result.notes.join('\n')).toMatch(/1 tensors? .*quant\.scale/);
    expect(await difference(result.definition)).toBeLessThan(1e-4);
  });
});

describe.skipIf(!hasShared('faults/hdf5-lzf-zstd-blosc'))('hdf5-lzf-zstd-blosc', () => {
  it.each(['z_lzf.h5', 'z_zstd.h5', 'z_blosc.h5'])('%s is read', async (name) => {
    const { matrix, excluded } = await readEmbeddings([fault(`hdf5-lzf-zstd-blosc/${name}`)]);
    expect(matrix).toMatchObject({ dimension: 512, paths: { length: 8 } });
    expect(matrix.paths[1]).toBe('a/b 1.png');
    expect(matrix.values[0]).toBeCloseTo(-0.8028369545936584, 7);
    expect(excluded).toEqual([]);
  });
});

describe.skipIf(!hasShared('faults/path-list-with-bom'))('path-list-with-bom', () => {
  it.each(['l_bomtxt.npy', 'l_bomjson.npy'])('%s', async (name) => {
    const { matrix } = await readEmbeddings([fault(`path-list-with-bom/${name}`)]);
    expect(matrix.paths).toHaveLength(8);
    expect(matrix.paths.every((path) => /^[\x20-\x7e]+$/.test(path))).toBe(true);
  });
});
