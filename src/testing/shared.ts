import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SHARED = fileURLToPath(new URL('../../../shared/', import.meta.url));

/** Path of a thing of the test material that lies beside the project, never inside it. */
export function sharedPath(path: string): string {
  return SHARED + path;
}

/** Whether it is there; prints the reason for a skipped test when it is not. */
export function hasShared(path: string): boolean {
  const present = existsSync(sharedPath(path));
  if (!present) console.warn(`skipped: the test material ../shared/${path} is absent`);
  return present;
}
