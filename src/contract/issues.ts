import type { z } from 'zod';
import { excerpt } from '../domain/errors/error.ts';

/** So many of the things that are wrong with a request are told. */
const TOLD = 3;

/**
 * What is wrong with a request, in short: the names of parameters and why their values cannot be used.
 * @param isRepeated whether a parameter stands there more than once
 */
export function issuesText(
  { issues }: z.ZodError,
  isRepeated: (name: string) => boolean = () => false,
): string {
  const told = issues.slice(0, TOLD).map(({ path, message }) => {
    const name = excerpt(path.join('.'), 60);
    if (isRepeated(String(path[0]))) return `${name}: it may be given only once.`;
    return name === '' ? excerpt(message, 300) : `${name}: ${excerpt(message)}`;
  });
  const more = issues.length - told.length;
  return told.join('\n') + (more > 0 ? `\nand ${more} more` : '');
}
