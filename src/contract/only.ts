import { z } from 'zod';
import { excerpt } from '../domain/errors/error.ts';
import { suggestion } from '../domain/errors/suggest.ts';

/**
 * An object of these fields and no others; an unknown one is named, with those that are meant perhaps.
 * @param what one of them is, in messages
 */
export function only<T extends z.ZodRawShape>(shape: T, what = 'field') {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: ({ code, keys }) => {
      if (code !== 'unrecognized_keys') return undefined;
      const [first = '', ...more] = keys as string[];
      const name = excerpt(first, 60);
      const others = more.length === 0 ? '' : ` (nor ${more.length} more)`;
      return `There is no ${what} “${name}”${others}. ${suggestion(name, known, what)}`;
    },
  });
}
