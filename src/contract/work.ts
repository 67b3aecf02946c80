import { z } from 'zod';
import { DEFAULT_LEASE } from './indexing.ts';

/** Who asks for something to encode. */
export const LeaseRequestSchema = z.strictObject({
  owner: z
    .string()
    .regex(/^[\w.-]{1,100}$/, 'letters, digits, dots and lines')
    .meta({ description: 'A name of its own among all workers' }),
  lease: z.number().int().min(1000).max(600_000).default(DEFAULT_LEASE).meta({
    description:
      'After so many milliseconds without a sign of life its images go to another worker',
  }),
});

/** What a worker is to encode. */
export const LeasedWorkSchema = z
  .object({
    work: z
      .object({
        id: z.string(),
        encoder: z
          .object({ name: z.string(), fingerprint: z.string(), dimension: z.number().int() })
          .meta({ description: 'The worker has to have the same: its fingerprint says so' }),
        definition: z
          .string()
          .meta({ description: 'Its description, as JSON; paths are of the server' }),
        pictures: z.number().int(),
        lease: z.number().int(),
      })
      .nullable()
      .meta({ description: 'Null where nothing can be leased now' }),
    open: z.boolean().meta({ description: 'Whether there is something that others have in hand' }),
  })
  .meta({ id: 'LeasedWork' });

/** What came of work. */
export const FinishedWorkSchema = z
  .object({
    finished: z.number().int().meta({ description: 'Images that were ended, failed ones too' }),
    late: z.number().int().meta({
      description: 'Images that were given to another worker meanwhile: what came is thrown away',
    }),
  })
  .meta({ id: 'FinishedWork' });

export type LeaseRequest = z.infer<typeof LeaseRequestSchema>;
export type LeasedWork = z.infer<typeof LeasedWorkSchema>;
export type FinishedWork = z.infer<typeof FinishedWorkSchema>;
