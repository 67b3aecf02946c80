import type { z } from 'zod';
import type { Call } from '../../app/call.ts';
import type { Semblance } from '../../app/semblance.ts';
import * as shapes from '../../contract/mcp.ts';
import { only } from '../../contract/only.ts';
import type { CollectionSummary, Image } from '../../contract/shapes.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import { PERSONAL_FIELDS } from '../../domain/identity.ts';
import { imagesOfSearch } from '../audit.ts';

/** A picture of an answer. */
interface ToolPicture {
  bytes: Uint8Array;
  type: 'image/png' | 'image/webp';
}

/** What a tool answers: data in the shape of its output, and pictures. */
export interface ToolAnswer {
  told: unknown;
  /** Numbers of the images that are told or shown. */
  images?: Iterable<number>;
  pictures?: ToolPicture[];
}

/** What an assistant can do; each only reads. */
export interface Tool {
  name: string;
  title: string;
  description: string;
  input: z.ZodType;
  /** What is in the answer and not in here is not told. */
  output: z.ZodType;
  /** What it counts as in the audit log; undefined where it tells nothing of an image. */
  event?: 'search' | 'view';
  /** Which queue it waits in. */
  lane: 'searches' | 'pictures' | 'explanations';
  /** @param mayLook whether whoever asks may look into a collection */
  run(
    semblance: Semblance,
    mayLook: (collection: string) => boolean,
    call: Call,
    asked: never,
  ): Promise<ToolAnswer>;
}

/** A tool that asks for a collection, which whoever asks may look into. */
function tool<I extends z.ZodType<{ collection: string }>>(
  told: Omit<Tool, 'run' | 'input'> & {
    input: I;
    run(semblance: Semblance, call: Call, asked: z.output<I>): Promise<ToolAnswer>;
  },
): Tool {
  return {
    ...told,
    run: async (semblance, mayLook, call, asked: z.output<I>) => {
      if (!mayLook(asked.collection)) {
        throw new SemblanceError('ROLE_MISSING', 'It takes the role viewer.');
      }
      return told.run(semblance, call, asked);
    },
  };
}

/** An image without what its description says of whom it is of. */
function withoutPerson<T extends Image>(image: T): T {
  const known = Object.entries(image.metadata).filter(([field]) => !PERSONAL_FIELDS.has(field));
  return { ...image, metadata: Object.fromEntries(known) };
}

/** The bytes of a picture that is searched with. */
const bytesOf = (picture: string) => new Uint8Array(Buffer.from(picture, 'base64'));

/** The tools, in the order in which they are listed. */
export const TOOLS: readonly Tool[] = [
  {
    name: 'list_collections',
    title: 'List collections',
    description:
      'The collections of images that can be searched, with the number of their images and their encoders.',
    input: only({}),
    output: shapes.ListedCollectionsSchema,
    lane: 'searches',
    run: async ({ collections }, mayLook) => ({
      told: { collections: collections.list().filter(({ name }) => mayLook(name)) },
    }),
  },
  tool({
    name: 'describe_collection',
    title: 'Describe a collection',
    description:
      'What a collection holds: its encoders, and the fields to filter by with their values and counts, labels among them, of all images or of those that match `where`.',
    input: shapes.DescribeRequestSchema,
    output: shapes.DescriptionSchema,
    event: 'view',
    lane: 'searches',
    run: async ({ collections }, call, asked) => {
      const facets = await collections.facets(call, asked);
      const fields = facets.filter(({ field }) => !PERSONAL_FIELDS.has(field));
      const listed = collections.list().find(({ name }) => name === asked.collection);
      return { told: { ...(listed as CollectionSummary), fields } };
    },
  }),
  tool({
    name: 'search',
    title: 'Search for similar images',
    description:
      'The images most similar to an image of the collection (by its number), to a picture in base64, to a text (where the encoder takes texts, see list_collections), or to several of these together. `verdict` says whether there is a good match; a similarity is not a diagnosis.',
    input: shapes.FindRequestSchema,
    output: shapes.FoundSchema,
    event: 'search',
    lane: 'searches',
    run: async ({ search }, call, { image, picture, frame, text, ...asked }) => {
      const parts = [
        ...(image === undefined ? [] : [{ image }]),
        ...(picture === undefined ? [] : [{ file: 0, frame }]),
        ...(text === undefined ? [] : [{ text }]),
      ];
      if (parts.length === 0) {
        throw new SemblanceError('REQUEST_INVALID', 'Give an image, a picture or a text.');
      }
      requirePicture(picture, frame);
      const files = picture === undefined ? [] : [bytesOf(picture)];
      const found = await search.search(call, { ...asked, parts, files });
      const neighbours = found.neighbours.map((each) => ({
        ...each,
        image: withoutPerson(each.image),
      }));
      return {
        told: { ...found, copies: found.copies.map(withoutPerson), neighbours },
        images: imagesOfSearch(found),
      };
    },
  }),
  tool({
    name: 'open_image',
    title: 'Open an image',
    description:
      'One image of a collection by its number: the picture itself and its labels and metadata. Text that was burned into it is masked where the collection says so.',
    input: shapes.OpenRequestSchema,
    output: shapes.SeenImageSchema,
    event: 'view',
    lane: 'pictures',
    run: async ({ collections, pictures }, call, { collection, image: id, edge }) => {
      const told = withoutPerson(collections.image({ collection, id }));
      const bytes = await pictures.thumbnail(call, { collection, id, edge });
      return { told, pictures: [{ bytes, type: 'image/webp' }] };
    },
  }),
  tool({
    name: 'explain',
    title: 'Explain a similarity',
    description:
      'Which places of two pictures make them alike to an encoder: both pictures with their maps drawn over them (dark blue: little, yellow: much), the query first, and the values. It may take a minute. An aid, not a diagnosis.',
    input: shapes.ExplainRequestSchema,
    output: shapes.ExplainedSchema,
    event: 'search',
    lane: 'explanations',
    run: async ({ explain }, call, { image, picture, frame, ...asked }) => {
      if ((image === undefined) === (picture === undefined)) {
        throw new SemblanceError('REQUEST_INVALID', 'Give either an image or a picture.');
      }
      requirePicture(picture, frame);
      const query = picture === undefined ? (image as number) : { bytes: bytesOf(picture), frame };
      const drawn = await explain.draw(call, { ...asked, query });
      const pictures = [drawn.query, drawn.result].map((bytes) => {
        return { bytes, type: 'image/png' } as const;
      });
      return { told: drawn.explanation, pictures };
    },
  }),
];

function requirePicture(picture: string | undefined, frame: number | undefined): void {
  if (frame === undefined || picture !== undefined) return;
  throw new SemblanceError('REQUEST_INVALID', 'A frame is one of a picture, and there is none.');
}
