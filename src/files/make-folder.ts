import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCode } from '../domain/errors/error.ts';

/**
 * Makes a folder and those above it, unless it is there. Node's own way never ends where the system makes none,
 * as in /proc.
 * @param mode of those that are made
 * @throws Error of the system
 */
export function makeFolder(folder: string, mode?: number): void {
  const make = () => mkdirSync(folder, { mode });
  try {
    make();
  } catch (error) {
    const above = dirname(folder);
    const code = systemCode(error);
    if (code === 'EEXIST' && statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
    if (code !== 'ENOENT' || above === folder) throw error;
    if (!existsSync(above)) makeFolder(above, mode);
    make();
  }
}
