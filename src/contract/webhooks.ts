import { z } from 'zod';
import { TASK_KINDS } from './tasks.ts';

/** What a webhook is told. */
const WEBHOOK_EVENTS = ['task.done', 'task.failed', 'task.cancelled'] as const;

/** Whom is told of tasks that have ended. */
const WebhookSchema = z
  .object({
    id: z.number().int(),
    url: z.string().meta({ description: 'Without a password that stands in it' }),
    waiting: z
      .number()
      .int()
      .meta({ description: 'How many ends of tasks it is still to be told' }),
    last: z.string().nullable().meta({
      description: 'How the last one went: told, or why not; null before the first',
    }),
  })
  .meta({ id: 'Webhook' });

export const WebhooksSchema = z.object({ webhooks: z.array(WebhookSchema) });

/** A new one, with what its messages are signed by, which is told this once. */
export const NewWebhookSchema = WebhookSchema.extend({
  secret: z.string().meta({ description: 'As Standard Webhooks has it: whsec_ and base64' }),
}).meta({ id: 'NewWebhook' });

/** What is sent: numbers, and nothing that may name anybody. */
export const WebhookMessageSchema = z
  .object({
    type: z.enum(WEBHOOK_EVENTS),
    timestamp: z.string(),
    data: z.object({
      task: z.number().int(),
      kind: z.enum(TASK_KINDS),
      collection: z.string().nullable(),
      counts: z.record(z.string(), z.number()).meta({ description: 'Those of its result' }),
      code: z.string().nullable().meta({ description: 'Why it failed' }),
    }),
  })
  .meta({ id: 'WebhookMessage' });

export type Webhook = z.infer<typeof WebhookSchema>;
export type NewWebhook = z.infer<typeof NewWebhookSchema>;
export type WebhookMessage = z.infer<typeof WebhookMessageSchema>;
