import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { vit, writeCheckpoint } from '../bench/full-size.ts';
import { openCheckpoint } from '../src/encoding/checkpoints/open.ts';
import { ARCHITECTURES } from '../src/encoding/compiler/architectures/index.ts';
import { compileTower } from '../src/encoding/compiler/compile.ts';
import { sharedPath } from '../src/testing/shared.ts';

/** Describes the MobileNet beside the project; returns the JSON file. */
export function describeMobilenet(folder: string): string {
  const file = join(folder, 'mobilenet.json');
  writeFileSync(
    file,
    JSON.stringify({
      name: 'mobilenet-v1',
      title: 'MobileNet v1',
      model: { file: sharedPath('encoder/mobilenet_v1.onnx') },
      input: { name: 'input', layout: 'NCHW' },
      preprocess: {
        resize: { mode: 'exact', width: 224, height: 224 },
        interpolation: 'bilinear',
        scale: 1 / 127.5,
        mean: [1, 1, 1],
      },
      output: { name: 'embedding' },
      dimension: 1024,
      licence: 'Apache-2.0',
      source: 'ImageNet',
    }),
  );
  return file;
}

/** Compiles a small ViT with random weights and describes it; returns the JSON file. */
export function compileRandomVit(folder: string, width = 64, layers = 2): string {
  const model = vit(width, layers, 4, 16);
  const name = `random-vit-${width}`;
  writeCheckpoint(model, folder);
  const checkpoint = openCheckpoint(join(folder, 'model.safetensors'));
  const image = { width: model.image, height: model.image };
  try {
    const options = { image, config: model.config, asPublished: false };
    compileTower(ARCHITECTURES.vit, 'vision', checkpoint, options, join(folder, `${name}.onnx`));
  } finally {
    checkpoint.close();
  }
  const file = join(folder, `${name}.json`);
  writeFileSync(
    file,
    JSON.stringify({
      name,
      title: `ViT of width ${width} with random weights`,
      model: { file: `${name}.onnx` },
      input: { name: 'pixel_values' },
      preprocess: {
        resize: { mode: 'exact', ...image },
        interpolation: 'bilinear',
        mean: [0.5, 0.5, 0.5],
        std: [0.5, 0.5, 0.5],
      },
      output: { name: 'embedding' },
      dimension: width,
      licence: 'none',
      source: 'random numbers',
    }),
  );
  return file;
}
