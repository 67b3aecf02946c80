import { z } from 'zod';

/** What was looked at on the machine, and what to do about it. */
const CheckedSchema = z.strictObject({
  /** What is looked at: `disk`, `collection` and so on. */
  check: z.string(),
  /** Which one; null where there is only one. */
  subject: z.string().nullable(),
  state: z.enum(['ok', 'warning', 'failed']),
  /** What was found. */
  found: z.string(),
  /** What to do; null where nothing is. */
  advice: z.string().nullable(),
});
export type Checked = z.infer<typeof CheckedSchema>;

/** Whether a machine and its data directory are fit to serve. */
export const DiagnosisSchema = z.strictObject({
  home: z.string(),
  checks: z.array(CheckedSchema),
});
export type Diagnosis = z.infer<typeof DiagnosisSchema>;
