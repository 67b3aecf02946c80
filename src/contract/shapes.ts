import { z } from 'zod';
import { METHODS } from '../domain/explanation.ts';
import { IDENTITIES } from '../domain/identity.ts';
import { LEVELS, SEARCH_LEVELS, UNIT_LEVELS } from '../domain/levels.ts';
import { FEEDBACK_METHODS, ROLES } from '../domain/query.ts';
import { FILTER_LIMITS } from '../domain/search-language/filter.ts';
import { only } from './only.ts';

/** So long may a text be: far beyond what any encoder reads of it. */
export const TEXT_LIMIT = 10_000;

/** One image of a collection, with all that is known about it. */
export const ImageSchema = z
  .object({
    id: z.number().int().meta({ description: 'Number of the image in its collection' }),
    path: z.string().meta({ description: 'Path as indexed, relative to the indexed folder' }),
    frame: z.number().int().meta({ description: 'Which picture of its file, from 1' }),
    contentHash: z.string().meta({
      description:
        'SHA-256 of the file, in hexadecimal; of a further frame with a point and its number behind it',
    }),
    bytes: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'Size of the file; null when it was never read' }),
    width: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'Width in pixels, after rotation; null when it was never read' }),
    height: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'Height in pixels, after rotation; null when it was never read' }),
    patient: z.string().nullable(),
    study: z.string().nullable(),
    series: z.string().nullable(),
    labels: z.array(z.string()),
    metadata: z
      .record(z.string(), z.string())
      .meta({ description: 'Every other column, for instance modality and anatomic_region' }),
    decoding: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .nullable()
      .meta({
        description:
          'What decoding did: format, bits, colour, rotation, intensity range; null when it was never read',
      }),
  })
  .meta({ id: 'Image' });

/** An image with all that is known of it alone. */
export const ImageDetailsSchema = ImageSchema.extend({
  seen: z
    .array(z.object({ encoder: z.string(), decoding: ImageSchema.shape.decoding.unwrap() }))
    .meta({
      description:
        'What decoding did for encoders that saw another picture of it, for instance in a window of their own',
    }),
}).meta({ id: 'ImageDetails' });

/** Labels that somebody gives an image; a table separates them by `|`. */
export const GivenLabelsSchema = z
  .array(
    z
      .string()
      .trim()
      .min(1)
      .max(200)
      .regex(/^[^|\p{C}]+$/u, 'a label has no line breaks and no |'),
  )
  .max(100)
  .refine((labels) => new Set(labels).size === labels.length, 'a label stands there twice')
  .meta({ description: 'All that it has then; none: it has none' });

/** A part of a picture. */
export const RegionSchema = z
  .object({
    x: z.number().int().min(0),
    y: z.number().int().min(0),
    width: z.number().int().min(1),
    height: z.number().int().min(1),
  })
  .meta({ id: 'Region', description: 'A rectangle in pixels, after rotation' });

/** A choice of encoders. */
export const EncodersSchema = z.string().min(1).max(1000).meta({
  description:
    'Encoder; several are fused (A,B or A:0.3,B:0.7), which ranks by the weighted mean of their similarities. By default the one of the collection',
});
export const CompareSchema = EncodersSchema.meta({
  description: 'Encoder, or several fused, whose answer is given beside',
});

/** An image of a result list. */
export const NeighbourSchema = z
  .object({
    rank: z.number().int().meta({ description: '1 for the most similar' }),
    similarity: z.number().meta({
      description:
        'Cosine similarity, -1 to 1; of a series or study the mean, over the frames searched with, of that of the most similar of its images',
    }),
    probability: z.number().optional().meta({
      description:
        'Calibrated probability that it shares a label with the query; absent where none was calibrated',
    }),
    image: ImageSchema.meta({
      description: 'The image found; of a series or study the one with the best match',
    }),
    nearDuplicate: z.boolean().meta({
      description: 'Whether it seems to be the picture searched with, in another form',
    }),
    group: z
      .object({ level: z.enum(LEVELS), name: z.string(), more: z.number().int() })
      .nullable()
      .meta({
        description:
          'By groupBy, or of a series or study that was found: whom it stands for, and how many more of their images there are',
      }),
    matches: z
      .array(
        z.object({
          query: z.number().int().meta({ description: 'Which of `queryFrames`, from 0' }),
          image: z.number().int().meta({ description: 'Number of the most similar image' }),
          frame: z.number().int().meta({ description: 'Which picture of its file it is, from 1' }),
          similarity: z.number(),
        }),
      )
      .optional()
      .meta({
        description:
          'Of a series or study: the image of it that is most similar to each frame searched with',
      }),
  })
  .meta({ id: 'Neighbour' });

/** What probabilities and verdict of an answer rest on. */
export const CalibrationSchema = z
  .object({
    field: z.string().meta({ description: 'What is shared: label, or a metadata field' }),
    measuredOn: z.number().int().meta({ description: 'Queries it was measured on' }),
    expectedCalibrationError: z.number().meta({
      description: 'How far off the probabilities were there on average',
    }),
    error: z.number().meta({ description: 'Rate of errors that good matches keep' }),
    confidence: z.number().meta({ description: 'Chance that they keep it' }),
    coverage: z.number().meta({ description: 'Share of the measured queries with a good match' }),
    measuredError: z
      .number()
      .nullable()
      .meta({ description: 'Share of these whose nearest image shared nothing' }),
    made: z.string(),
    changed: z.number().meta({ description: 'Share of the images that have changed since' }),
    stale: z.boolean().meta({ description: 'Too many have changed to rely on it' }),
  })
  .meta({
    id: 'Calibration',
    description: 'Null without a calibration, and for other queries than one whole picture',
  });

/** An answer to a search with one choice of encoders. */
const AnswerSchema = z.object({
  encoder: z.string(),
  level: z.enum(SEARCH_LEVELS).meta({ description: 'What was found' }),
  /** The image searched with, when it is one of the collection. */
  query: ImageSchema.nullable(),
  parts: z
    .array(
      z.object({
        kind: z.enum(['picture', 'folder', 'image', 'text']),
        id: z.number().int().nullable(),
        text: z.string().nullable(),
        region: RegionSchema.nullable(),
        role: z.enum(ROLES),
        weight: z.number(),
      }),
    )
    .meta({ description: 'The parts searched with, with the weight of each in the sum' }),
  queryFrames: z
    .array(
      z.object({
        part: z.number().int().meta({ description: 'Which of `parts` it belongs to, from 0' }),
        image: z.number().int().nullable().meta({ description: 'Its number in the collection' }),
        frame: z.number().int().nullable().meta({
          description: 'Which picture of its file it is, from 1; null for a text',
        }),
        name: z.string().nullable().meta({ description: 'Its file, when a folder was named' }),
      }),
    )
    .meta({
      description:
        'What each series or study was compared with, those of one part in their spatial order; empty where images were found',
    }),
  feedback: z
    .object({
      method: z.enum(FEEDBACK_METHODS),
      relevant: z.number().int(),
      irrelevant: z.number().int(),
    })
    .nullable()
    .meta({
      description:
        'How marks entered and how many examples there were. By `logistic`, similarities are those to the direction of a model fitted to these examples',
    }),
  texts: z
    .array(
      z.object({
        text: z.string(),
        tokens: z.number().int(),
        used: z.number().int(),
      }),
    )
    .meta({ description: 'The texts searched with, and how many of their tokens were used' }),
  candidates: z
    .number()
    .int()
    .meta({ description: 'How many images were compared, after filters and exclusions' }),
  missingEmbeddings: z.number().int().meta({
    description: 'Images without an embedding of the encoder, or of each that is fused',
  }),
  copies: z.array(ImageSchema).meta({
    description: 'Images of the same content as a picture searched with, apart from the results',
  }),
  calibration: CalibrationSchema.nullable(),
  verdict: z.object({ good: z.boolean(), reason: z.string() }).nullable().meta({
    description: 'Whether there is a good match; null without a calibration that can tell',
  }),
  notes: z.array(z.string()).meta({
    description:
      'What the request could not do as written, for instance compare values that are no dates',
  }),
  neighbours: z.array(NeighbourSchema),
  milliseconds: z.object({
    encode: z.number().meta({ description: 'Decoding, preprocessing and encoding the query' }),
    search: z.number().meta({ description: 'Comparing it with the collection' }),
  }),
});

/** What another encoder answers to the same query. */
export const ComparisonSchema = AnswerSchema.extend({
  shared: z.number().int().meta({ description: 'Images that are among both results' }),
  ranks: z.array(z.number().int().nullable()).meta({
    description: 'The rank of each neighbour of the first encoder here; null when it has none',
  }),
  otherRanks: z.array(z.number().int().nullable()).meta({
    description: 'The rank of each neighbour here with the first encoder',
  }),
}).meta({
  id: 'Comparison',
  description: 'The answer of the encoder to compare with, when one was named',
});

/** An answer to a search. */
export const SearchResultSchema = z
  .object({
    collection: z.string(),
    ...AnswerSchema.shape,
    comparison: ComparisonSchema.optional(),
  })
  .meta({ id: 'SearchResult' });

const weighed = {
  role: z.enum(ROLES).default('query').meta({
    description: 'What is searched with, or a mark of a result as relevant (more) or not (less)',
  }),
  weight: z.number().min(0).default(1).meta({ description: 'Among the parts of its role' }),
};

/** So many neighbours are given unless another number is asked for. */
export const DEFAULT_K = 24;
const howMany = (most = Number.MAX_SAFE_INTEGER) =>
  z.number().int().min(1).max(most).default(DEFAULT_K).meta({ description: 'How many neighbours' });

const filters = (conditions = z.array(z.string())) =>
  conditions.default([]).meta({
    description: 'field=value; a repeated field allows any of its values, all fields must match',
  });

const exclusions = (levels = z.array(z.enum(LEVELS))) =>
  levels.default([]).meta({
    description: "Leave out the images of the query's own patient, study or series",
  });

const frames = z.string().min(1).max(1000).optional().meta({
  description: 'Which of several frames are searched with: all, middle, every:10, 1,5-9',
});

/** A search of one part or several. */
export const SearchQuerySchema = only({
  parts: z
    .array(
      z.union([
        only({
          image: z.number().int().positive().meta({ description: 'An image of the collection' }),
          region: RegionSchema.optional(),
          whole: z.enum(UNIT_LEVELS).optional().meta({
            description: 'Where series or studies are searched for: all images of its own',
          }),
          frames,
          ...weighed,
        }),
        only({
          file: z.number().int().min(0).meta({ description: 'Which of the files, from 0' }),
          frame: z.number().int().positive().optional().meta({
            description:
              'Which picture of the file, from 1; the first by default, and all where series or studies are searched for',
          }),
          frames,
          region: RegionSchema.optional(),
          ...weighed,
        }),
        only({
          text: z.string().trim().min(1).max(TEXT_LIMIT).meta({
            description: 'What the images should show; the encoder needs a text tower',
          }),
          ...weighed,
        }),
      ]),
    )
    .min(1),
  level: z.enum(SEARCH_LEVELS).default('image').meta({
    description:
      'What is found: images, or series or studies by their images that match the filter. Those that have an image of the query are left out',
  }),
  k: howMany(),
  encoder: EncodersSchema.optional(),
  compare: CompareSchema.optional(),
  filter: filters(),
  where: z.string().default('').meta({
    description:
      'A query of the search language, for instance modality:CT finding:"pleural effusion" -region:knee year>2019; it applies beside `filter`',
  }),
  exclude: exclusions(),
  groupBy: z.enum(LEVELS).optional().meta({ description: 'Only the best image of each' }),
  diversify: z.number().min(0).max(1).optional().meta({
    description:
      'Lambda of maximal marginal relevance: 1 ranks by similarity alone, 0 by difference alone',
  }),
  feedback: z.enum(FEEDBACK_METHODS).default('rocchio').meta({
    description: 'How marks enter: by weights, or by a model fitted to them',
  }),
});

/** A search as a server takes it, which bounds what one request may cost. */
export const QuerySchema = SearchQuerySchema.extend({
  parts: SearchQuerySchema.shape.parts.max(200),
  k: howMany(1000),
  filter: filters(z.array(z.string()).max(FILTER_LIMITS.values)),
  exclude: exclusions(z.array(z.enum(LEVELS)).max(LEVELS.length)),
}).meta({ id: 'Query' });

const PlaceMapSchema = z
  .object({
    rows: z.number().int(),
    columns: z.number().int(),
    area: z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }).meta({
      description: "The part of the picture that the map covers, in the picture's pixels",
    }),
    values: z.array(z.number().nullable()).meta({
      description: 'Row by row; null where the encoder saw padding in place of the picture',
    }),
  })
  .meta({ id: 'PlaceMap' });

/** Where two pictures are alike to an encoder. */
export const ExplanationSchema = z
  .object({
    method: z.enum(METHODS).meta({
      description:
        'tokens: cosine similarity of a patch with the most similar patch of the other picture; occlusion: what the similarity loses when the place is covered with the mean colour',
    }),
    encoder: z.string(),
    similarity: z.number(),
    query: PlaceMapSchema,
    result: PlaceMapSchema,
  })
  .meta({ id: 'Explanation' });

/** An encoder with embeddings in a collection. */
export const CollectionEncoderSchema = z
  .object({
    name: z.string(),
    title: z.string(),
    dimension: z.number().int(),
    embeddings: z.number().int(),
    isDefault: z
      .boolean()
      .meta({ description: 'Whether it answers when none is named; this one comes first' }),
    available: z
      .boolean()
      .meta({ description: 'Whether new pictures can be encoded with it here' }),
    text: z.boolean().meta({ description: 'Whether texts can be searched with here' }),
  })
  .meta({ id: 'CollectionEncoder' });

/** A problem document (RFC 9457) with the registry's code. */
export const ProblemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string(),
    advice: z.string(),
  })
  .meta({ id: 'Problem' });

/** A collection. */
export const CollectionSchema = z
  .object({
    name: z.string(),
    images: z.number().int(),
    encoders: z.array(CollectionEncoderSchema),
    identity: z.enum(IDENTITIES).optional().meta({
      description: 'What is kept of whom images of DICOM are of; with `keep` it is to be hidden',
    }),
    viewer: z.boolean().optional().meta({
      description: 'Whether its DICOM images open in a viewer, at images/{id}/viewer',
    }),
    documents: z.boolean().optional().meta({
      description: 'Whether results of searches can be saved as documents of DICOM',
    }),
    sends: z.boolean().optional().meta({
      description: 'Whether these documents can be sent to an archive that the server was told of',
    }),
    /** Why it cannot be opened; absent when it can. */
    problem: ProblemSchema.optional(),
  })
  .meta({ id: 'Collection' });

/** Whether what is asked for is answered. */
export const ReadySchema = z.object({
  status: z.literal('ready'),
  problems: z
    .array(CollectionSchema.pick({ name: true }).extend({ problem: ProblemSchema }))
    .meta({ description: 'Collections that cannot be opened; the others are answered' }),
});

export const CollectionsSchema = z.object({ collections: z.array(CollectionSchema) });

/** The values of one field and how many images have each, under the filter on the other fields. */
export const FacetSchema = z
  .object({
    field: z.string(),
    values: z.array(z.object({ value: z.string(), count: z.number().int() })),
    more: z.number().int().meta({ description: 'How many further values were left out' }),
  })
  .meta({ id: 'Facet' });

export const FacetsSchema = z.object({ facets: z.array(FacetSchema) });

/** One page of a collection's images, in the order they were indexed. */
export const ImagesSchema = z.object({
  total: z.number().int().meta({ description: 'How many images match the filter' }),
  offset: z
    .number()
    .int()
    .meta({ description: 'Number of the first image among all that match, from 0' }),
  images: z.array(ImageSchema),
});

/** A page of the images of a series or study, in their spatial order. */
export const UnitImagesSchema = ImagesSchema.extend({
  level: z.enum(UNIT_LEVELS),
  name: z.string().nullable().meta({
    description: 'The series or study; null where it is not known, and the image stands for itself',
  }),
  total: z.number().int().meta({ description: 'How many images it has' }),
  offset: z.number().int().meta({ description: 'Place of the first image of the page, from 0' }),
  at: z.number().int().meta({ description: 'Place of the image that was asked for, from 0' }),
}).meta({ id: 'UnitImages' });

/** A page of images, in the order they were indexed. */
export const MissingEmbeddingsSchema = z.object({ images: z.array(ImageSchema) });

export type SearchQuery = z.input<typeof SearchQuerySchema>;
export type Query = z.input<typeof QuerySchema>;
export type Answer = z.infer<typeof AnswerSchema>;
export type Image = z.infer<typeof ImageSchema>;
export type ImageDetails = z.infer<typeof ImageDetailsSchema>;
export type Neighbour = z.infer<typeof NeighbourSchema>;
export type Comparison = z.infer<typeof ComparisonSchema>;
export type SearchResult = z.infer<typeof SearchResultSchema>;
export type CollectionSummary = z.infer<typeof CollectionSchema>;
export type Ready = z.infer<typeof ReadySchema>;
export type Facet = z.infer<typeof FacetSchema>;
export type UnitImages = z.infer<typeof UnitImagesSchema>;
export type ImagePage = z.infer<typeof ImagesSchema>;
export type Problem = z.infer<typeof ProblemSchema>;
