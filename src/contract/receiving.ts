import { z } from 'zod';

const count = z.number().int();

/** What has been received since the start, and what became of it. */
export const ReceivingSchema = z.object({
  collection: z.string(),
  /** Where associations are taken; null where none are. */
  dimse: z.object({ aet: z.string(), host: z.string(), port: count, tls: z.boolean() }).nullable(),
  /** Objects that are new. */
  received: count,
  /** Objects that were there already, with the same bytes. */
  known: count,
  /** Objects with the UID of another one, and other bytes: both are kept. */
  apart: count,
  /** Objects that were not taken, by the code of the reason. */
  refused: z.record(z.string(), count),
  /** Peers that were rejected, aborted, or left, by what happened. */
  troubles: z.record(z.string(), count),
  /** Objects that wait to be indexed. */
  waiting: count,
  /** Pictures that are in the collection now. */
  indexed: count,
  /** Objects that are no pictures, by kind. */
  leftOut: z.record(z.string(), count),
  /** Objects that cannot be read, by the code of the reason. */
  failed: z.record(z.string(), count),
  /** Why indexing does not go on, by its code; it is tried again. */
  problem: z.string().nullable(),
});

export type Receiving = z.infer<typeof ReceivingSchema>;
