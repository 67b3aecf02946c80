import { z } from 'zod';

/** What an evaluation of a collection found. */
export const EvaluationSchema = z.object({
  collection: z.string(),
  encoder: z.string(),
  index: z.number().int().meta({ description: 'Images searched in' }),
  queries: z.number().int().meta({ description: 'Images searched with' }),
  unlabelled: z.number().int().meta({ description: 'Queries without a label, left out' }),
  precision: z.array(
    z.object({
      k: z.number().int(),
      micro: z.number().meta({ description: 'Mean over the queries' }),
      macro: z.number().meta({ description: "Mean over the labels of each label's mean" }),
    }),
  ),
});

export type Evaluation = z.infer<typeof EvaluationSchema>;
