import { z } from 'zod';

/**
 * What an entry of the audit log is about: that the server began or ended; who logged in or out, or tried to reach what he
 * may not; what was searched, seen, exported to whoever asked, sent to an archive, received, changed or deleted; which
 * archive was contacted; who was given or lost a right; and that the log was read.
 */
export const AUDIT_EVENTS = [
  'start',
  'stop',
  'login',
  'logout',
  'access',
  'search',
  'view',
  'export',
  'send',
  'receive',
  'contact',
  'change',
  'delete',
  'rights',
  'audit',
] as const;
export type AuditEvent = (typeof AUDIT_EVENTS)[number];

/** What came of it; `begun` stands before what changes something, and is followed by another entry unless the process ended. */
export const AUDIT_OUTCOMES = ['begun', 'done', 'refused', 'failed'] as const;

/** Who did it: a user by name, a key by number, who sends by DIMSE by the title that it calls itself; whoever asks a server, or runs a command, that asks nobody who he is; a stranger. */
export const AuditActorSchema = z.strictObject({
  kind: z.enum(['user', 'key', 'peer', 'local', 'stranger']),
  name: z.string().nullable(),
});
export type AuditActor = z.infer<typeof AuditActorSchema>;

/** What happened, as it is written. */
export const AuditRecordSchema = z.strictObject({
  time: z.iso.datetime().meta({ description: 'When it had happened, or was to begin' }),
  event: z.enum(AUDIT_EVENTS),
  operation: z.string().meta({
    description: 'operationId of the API, `mcp:` with the name of a tool, or a command',
  }),
  outcome: z.enum(AUDIT_OUTCOMES),
  code: z
    .string()
    .nullable()
    .meta({ description: 'Why it was refused or failed, by docs/errors.md' }),
  actor: AuditActorSchema,
  client: z.string().nullable().meta({ description: 'Address that it was asked from' }),
  collection: z.string().nullable().meta({ description: 'The collection that was asked for' }),
  images: z.record(z.string(), z.array(z.number().int())).meta({
    description: 'Numbers of the images that were told or shown, or asked for, by collection',
  }),
  counts: z.record(z.string(), z.number().int()).optional().meta({
    description: 'How much was done, where it is more than what `images` lists',
  }),
  about: z.string().nullable().meta({
    description:
      'Name of the user, or number of the key or task, that it was done to; of a collection that is copied or renamed the new name',
  }),
});
export type AuditRecord = z.infer<typeof AuditRecordSchema>;

/** An entry of the log. */
export const AuditEntrySchema = AuditRecordSchema.extend({
  number: z.number().int().meta({ description: 'From 1, without a gap' }),
  hash: z.string().meta({ description: 'SHA-256, in hexadecimal' }),
});
export type AuditEntry = z.infer<typeof AuditEntrySchema>;

/** Where a log ends: to be kept elsewhere, so that nobody can take off its end unseen. */
export const AuditHeadSchema = z.strictObject({ number: z.number().int(), hash: z.string() });
export type AuditHead = z.infer<typeof AuditHeadSchema>;

/** A page of a log, as `semblance audit show --json` prints it. */
export const AuditPageSchema = z.strictObject({ entries: z.array(AuditEntrySchema) });

/** A log that was read to its end and is whole. */
export const AuditVerifiedSchema = z.strictObject({
  entries: z.number().int(),
  pruned: z.number().int().meta({ description: 'So many before the first of them were pruned' }),
  from: z.string().nullable(),
  to: z.string().nullable(),
  head: AuditHeadSchema,
});
export type AuditVerified = z.infer<typeof AuditVerifiedSchema>;

/** What was pruned of a log, or would be; `base`: the last of these entries, from which the log goes on. */
export const AuditPrunedSchema = z.strictObject({
  dryRun: z.boolean(),
  removed: z.number().int(),
  base: AuditHeadSchema,
});
export type AuditPruned = z.infer<typeof AuditPrunedSchema>;
