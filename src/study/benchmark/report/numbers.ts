import type { Estimate } from '../../../domain/statistics/bootstrap.ts';

/** A figure with three digits; a dash for none. */
export function figure(value: number | null | undefined, digits = 3): string {
  return value === null || value === undefined ? '–' : value.toFixed(digits);
}

/** An estimate with its interval. */
export function estimate(one: Estimate | null | undefined): string {
  if (!one) return '–';
  const { value, interval } = one;
  return interval === null
    ? figure(value)
    : `${figure(value)} (${figure(interval.low)} to ${figure(interval.high)})`;
}

/** Digits of a p value, and so the smallest one that is told from 0. */
const P_DIGITS = 3;

/** A p value as it is usually written. */
export function pValue(p: number): string {
  const smallest = 10 ** -P_DIGITS;
  return p < smallest ? `< ${smallest}` : p.toFixed(P_DIGITS);
}

/** A share in percent, with as many digits as it has. */
export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(6))} %`;
}

/** A whole number with its thousands apart. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** The fields of a plot's row that an estimate fills. */
export function spread({ value, interval }: Estimate) {
  return { value, low: interval?.low ?? null, high: interval?.high ?? null };
}
