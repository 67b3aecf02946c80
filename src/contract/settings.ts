import { z } from 'zod';

/** What is wrong with a setting. */
const SettingProblemSchema = z.strictObject({
  /** Of the setting or the variable; null where the whole file cannot be read. */
  name: z.string().nullable(),
  /** Of the file, from 1; null where it is not of a line. */
  line: z.number().int().nullable(),
  problem: z.string(),
});
export type SettingProblem = z.infer<typeof SettingProblemSchema>;

/** A setting as it holds. */
const ShownSettingSchema = z.strictObject({
  name: z.string(),
  /** Of the environment. */
  variable: z.string(),
  /** Null where there is none. What lets somebody in is masked. */
  value: z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]).nullable(),
  from: z.enum(['option', 'environment', 'file', 'default']),
});
export type ShownSetting = z.infer<typeof ShownSettingSchema>;

/** The settings of a server, and where each comes from. */
export const ShownSettingsSchema = z.strictObject({
  file: z.string().nullable(),
  settings: z.array(ShownSettingSchema),
  problems: z.array(SettingProblemSchema),
});
export type ShownSettings = z.infer<typeof ShownSettingsSchema>;
