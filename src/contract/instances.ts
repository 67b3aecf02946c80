import { z } from 'zod';
import { ImageSchema } from './shapes.ts';

/** The images of an instance of DICOM. */
export const InstanceImagesSchema = z
  .object({
    images: z
      .array(z.object({ collection: z.string(), image: ImageSchema }))
      .meta({ description: 'One of each collection that has it' }),
  })
  .meta({ id: 'InstanceImages' });
export type InstanceImages = z.infer<typeof InstanceImagesSchema>;

/** The names that an archive has for what an image shows. */
export const InstanceUidsSchema = z
  .object({
    study: z.string().meta({ description: 'Study Instance UID' }),
    series: z.string().meta({ description: 'Series Instance UID' }),
    instance: z.string().meta({ description: 'SOP Instance UID' }),
    frame: z.number().int().meta({ description: 'Which frame of the instance, from 1' }),
  })
  .meta({ id: 'InstanceUids' });
