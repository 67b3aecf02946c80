/** What images belong to, from the largest to the smallest. */
export const UNITS = ['patient', 'study', 'series'] as const;
export type Unit = (typeof UNITS)[number];
