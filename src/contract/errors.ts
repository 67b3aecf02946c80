import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../domain/errors/registry.ts';

/** Codes of the registry. */
const ErrorCodeSchema = z.enum(Object.keys(ERRORS) as ErrorCode[]).meta({ id: 'ErrorCode' });

/** An error with a code of the registry, as a part of an answer. */
export const ErrorSchema = z
  .object({
    code: ErrorCodeSchema,
    title: z.string(),
    detail: z.string(),
    advice: z.string(),
    /** The file or other thing concerned. */
    subject: z.string().nullable(),
  })
  .meta({ id: 'Error' });
