import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../domain/errors/registry.ts';

/** An error with a code of the registry, as a part of an answer. */
export const ErrorSchema = z.object({
  code: z.enum(Object.keys(ERRORS) as ErrorCode[]),
  title: z.string(),
  detail: z.string(),
  advice: z.string(),
  /** The file or other thing concerned. */
  subject: z.string().nullable(),
});
