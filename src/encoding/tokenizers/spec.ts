import { z } from 'zod';
import { TOKENIZER_KINDS } from '../../domain/encoders.ts';

/** How a text becomes the ids of a text tower. */
export const TokenizerSchema = z.strictObject({
  kind: z.enum(TOKENIZER_KINDS),
  /** The official files, see `load.ts` for their names. */
  files: z.array(z.string().min(1)).min(1),
  /** Ids of one text: shorter ones are padded, longer ones truncated. */
  contextLength: z.number().int().min(2).max(65536),
  /** Whether capitals are made small first; CLIP's always are. */
  lowerCase: z.boolean().default(true),
  /** The id that fills the places after the text. */
  padId: z.number().int().nonnegative().default(0),
});

export type { TokenizerSpec } from '../../domain/encoders.ts';
