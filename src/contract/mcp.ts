import { z } from 'zod';
import { DEFAULT_GRID, MAX_GRID, METHODS } from '../domain/explanation.ts';
import { only } from './only.ts';
import {
  CollectionSchema,
  ExplanationSchema,
  FacetSchema,
  ImageSchema,
  NeighbourSchema,
  QuerySchema,
  SearchResultSchema,
} from './shapes.ts';

/** Largest picture that an assistant searches with, in bytes. */
const LARGEST_PICTURE = 10_000_000;
/** Largest message, in bytes: such a picture in base64, and what is asked of it. */
export const LARGEST_MESSAGE = Math.ceil(LARGEST_PICTURE / 3) * 4 + 1_000_000;
/** Longest side of pictures that assistants get, in pixels. */
const LARGEST_EDGE = 1024;
const NEIGHBOURS = 10;
const MOST_NEIGHBOURS = 50;

const collection = z.string().min(1).max(64).meta({ description: 'Name of the collection' });
const image = z.number().int().positive();
const picture = z
  .string()
  .min(1)
  .max(Math.ceil(LARGEST_PICTURE / 3) * 4)
  .regex(/^[A-Za-z0-9+/]*={0,2}$/, 'It is not base64 alone; no address of data is taken.')
  .meta({
    description: `A picture file (DICOM, PNG, JPEG, WebP, TIFF, BMP) of up to ${LARGEST_PICTURE / 1e6} MB in base64; it is not kept`,
  });
const edge = z.number().int().min(16).max(LARGEST_EDGE).default(768).meta({
  description: 'Longest side of the picture at the most, in pixels',
});
const { encoder, where } = QuerySchema.shape;

/** An image as assistants see it: neither its path nor whom it is of. */
export const SeenImageSchema = ImageSchema.pick({
  ...{ id: true, frame: true, width: true, height: true, labels: true, metadata: true },
});

export const ListedCollectionsSchema = z.object({
  collections: z.array(
    CollectionSchema.pick({ name: true, images: true, encoders: true, problem: true }),
  ),
});

export const DescribeRequestSchema = only({ collection, where });
export const DescriptionSchema = ListedCollectionsSchema.shape.collections.element.extend({
  fields: z.array(FacetSchema).meta({
    description:
      'Fields to filter by, with their most frequent values among the images that match; labels are the field label. What tells whom images are of is left out',
  }),
});

export const FindRequestSchema = only({
  collection,
  image: image.optional().meta({ description: 'Number of an image of the collection' }),
  picture: picture.optional(),
  frame: image.optional().meta({ description: 'Which picture of the file, from 1' }),
  text: QuerySchema.shape.parts.element.options[2].shape.text.optional(),
  where,
  ...{ encoder, level: QuerySchema.shape.level, exclude: QuerySchema.shape.exclude },
  groupBy: QuerySchema.shape.groupBy,
  k: z.number().int().min(1).max(MOST_NEIGHBOURS).default(NEIGHBOURS).meta({
    description: 'How many neighbours',
  }),
});
export const FoundSchema = SearchResultSchema.pick({
  ...{ collection: true, encoder: true, level: true, texts: true, candidates: true },
  ...{ missingEmbeddings: true, calibration: true, verdict: true, notes: true },
}).extend({
  copies: z.array(SeenImageSchema).meta({ description: 'Images of the same content' }),
  neighbours: z.array(
    NeighbourSchema.pick({
      ...{ rank: true, similarity: true, probability: true, nearDuplicate: true },
    }).extend({
      image: SeenImageSchema,
      group: NeighbourSchema.shape.group.unwrap().omit({ name: true }).nullable(),
    }),
  ),
});

export const OpenRequestSchema = only({
  collection,
  image: image.meta({ description: 'Its number' }),
  edge,
});

export const ExplainRequestSchema = only({
  collection,
  result: image.meta({ description: 'Number of the image that was found' }),
  image: image.optional().meta({ description: 'Number of the image that was searched with' }),
  picture: picture.optional(),
  frame: image.optional(),
  encoder: z.string().min(1).max(1000).optional(),
  method: z.enum(METHODS).optional().meta({
    description: 'By default tokens where the encoder has them, else occlusion, which takes longer',
  }),
  grid: z.number().int().min(2).max(MAX_GRID).default(DEFAULT_GRID).meta({
    description: 'Covered places of a side of each picture',
  }),
  edge,
});

/** An explanation; without a name, so that a tool's shape is an object and no reference. */
export const ExplainedSchema = z.object(ExplanationSchema.shape);
