import { z } from 'zod';
import type { ErrorData } from '../../domain/errors/error.ts';
import { ERRORS, type ErrorCode } from '../../domain/errors/registry.ts';
import type { Estimate } from '../../domain/statistics/bootstrap.ts';
import type { PairedComparison } from '../../domain/statistics/paired-test.ts';
import type { Attempt } from './context.ts';

/** A number of things. */
export const Count = z.number().int().min(0);

/** A mean with its interval. */
export const EstimateSchema: z.ZodType<Estimate> = z.strictObject({
  value: z.number(),
  interval: z.strictObject({ low: z.number(), high: z.number() }).nullable(),
});

/** How two lists of scores of the same queries differ. */
export const PairedFields = {
  difference: EstimateSchema,
  p: z.number(),
  exact: z.boolean(),
};
export const PairedSchema: z.ZodType<PairedComparison> = z.strictObject(PairedFields);

/** An error as plain data. */
export const ErrorDataSchema: z.ZodType<ErrorData> = z.strictObject({
  code: z.enum(Object.keys(ERRORS) as ErrorCode[]),
  title: z.string(),
  detail: z.string(),
  advice: z.string(),
  subject: z.string().nullable(),
});

/** A figure, or why there is none. */
export const attemptSchema = <T>(figure: z.ZodType<T>): z.ZodType<Attempt<T>> =>
  z.union([z.strictObject({ value: figure }), z.strictObject({ error: ErrorDataSchema })]);
