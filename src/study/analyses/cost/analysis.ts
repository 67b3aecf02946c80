import { z } from 'zod';
import type { LabelledImage } from '../../../tables/labelled.ts';
import { analysis, encodes } from '../analysis.ts';
import type { Context } from '../context.ts';
import { type Cost, encodePictures } from '../encode-pictures.ts';
import { filesOf, sampledQueries } from '../sampled-queries.ts';
import { Count } from '../shapes.ts';

const schema = z.strictObject({
  images: Count,
  decode: z.number(),
  preprocess: z.number(),
  encode: z.number(),
  batch: Count,
  bytes: Count,
});

async function run(context: Context): Promise<Cost> {
  const { experiment, progress, signal } = context;
  const images = sampledQueries(context).map((q) => experiment.test.images[q] as LabelledImage);
  const { cost: found } = await encodePictures(
    await context.encoder(),
    filesOf(images, context.images),
    { progress: progress('cost', 'images'), ...(signal === undefined ? {} : { signal }) },
  );
  return found;
}

/** Time of each step of encoding some of the images, one after another; `cost.html` shows it. */
export const cost = analysis({
  id: 'cost',
  version: 1,
  schema,
  inputs: ({ samples }) => samples,
  applies: encodes,
  run,
  varies: true,
});
