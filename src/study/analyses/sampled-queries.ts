import { resolve } from 'node:path';
import type { LabelledImage } from '../../tables/labelled.ts';
import type { Context } from './context.ts';
import type { PictureFile } from './encode-pictures.ts';
import { stratifiedSample } from './sample.ts';

/** Positions of the test images that are encoded anew: every class in its share. */
export function sampledQueries({ labels, config }: Pick<Context, 'labels' | 'config'>): number[] {
  return [...stratifiedSample(labels.queries, config.samples, config.seed)];
}

/** Images as files of a folder. */
export const filesOf = (images: readonly LabelledImage[], folder: string): PictureFile[] =>
  images.map(({ filepath }) => ({ path: resolve(folder, filepath), key: filepath }));
