/** How many requests are under way. */
let underWay = 0;

/** The method of the console that the one below stands before, and whether it does. */
let warn = (..._: unknown[]): void => undefined;
let stands = false;

function withoutRetries(...words: unknown[]): void {
  const [error, text] = words as [{ path?: string } | undefined, unknown];
  const isRetry = error?.path?.startsWith('/weaviate.') && /^Attempt \d+ failed/.test(`${text}`);
  if (!isRetry) warn(...words);
}

/**
 * Makes a request to an engine. The client writes each of its own retries with a stack to `console.warn` and has no
 * option to leave that. What comes of them is reported by an error with a code, so these lines are left out while
 * requests are under way; `console.warn` is its own again when the last of them has ended.
 */
export async function quietly<T>(request: () => Promise<T>): Promise<T> {
  underWay += 1;
  if (!stands) {
    warn = console.warn;
    console.warn = withoutRetries;
    stands = true;
  }
  try {
    return await request();
  } finally {
    underWay -= 1;
    // Somebody else's method that came before it meanwhile stays, and passes on to it.
    if (underWay === 0 && console.warn === withoutRetries) {
      console.warn = warn;
      stands = false;
    }
  }
}
