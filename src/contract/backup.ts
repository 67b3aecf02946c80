import { z } from 'zod';

/** The list of what a backup holds; `manifest.json` in it. */
export const BackupManifestSchema = z.strictObject({
  format: z.literal('semblance-backup'),
  version: z.number().int(),
  made: z.iso.datetime(),
  files: z.array(
    z.strictObject({
      path: z.string().min(1),
      bytes: z.number().int().nonnegative(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
  collections: z.array(
    z.strictObject({
      name: z.string(),
      images: z.number().int(),
      encoders: z.array(z.strictObject({ name: z.string(), fingerprint: z.string() })),
    }),
  ),
  /** What of the data directory is not in it. */
  leftOut: z.array(
    z.strictObject({ why: z.string(), count: z.number().int(), examples: z.array(z.string()) }),
  ),
  /** SHA-256 of all above, as JSON without spaces. */
  sha256: z.string(),
});
export type BackupManifest = z.infer<typeof BackupManifestSchema>;

/** A backup, as it is told. */
export interface BackupReport {
  folder: string;
  made: string;
  files: number;
  bytes: number;
  collections: BackupManifest['collections'];
  leftOut: BackupManifest['leftOut'];
}

/** What was restored. */
export interface RestoreReport extends BackupReport {
  home: string;
  /** Where what was there is now; null where nothing was. */
  putAside: string | null;
}
