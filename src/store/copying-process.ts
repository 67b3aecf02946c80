import { copyFileSync, linkSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { errorData, toSemblanceError } from '../domain/errors/error.ts';
import { MADE, sync } from './collection-change.ts';
import type { CopyOrder, CopyReport } from './collection-files.ts';
import { copyDatabase } from './copy-database.ts';

/** Copies a collection into a folder of its own. */
function copy({ file, part, isNew, received }: CopyOrder): CopyReport {
  const to = join(part, MADE.database);
  const images = copyDatabase(file, to)?.images ?? null;
  const db = new Database(to);
  try {
    // Who works on the other one does not work on this one.
    db.exec("DELETE FROM meta WHERE key LIKE 'indexing:%'");
    // A search engine keeps the embeddings of each apart.
    if (isNew) db.exec("DELETE FROM jobs; DELETE FROM meta WHERE key = 'identity'");
    if (received !== undefined) {
      db.prepare('UPDATE sources SET root = ? WHERE id = ?').run([received.to, received.source]);
    }
  } finally {
    db.close();
  }
  sync(to);
  if (isNew && received !== undefined) copyFolder(received.from, join(part, MADE.received));
  sync(part);
  return { images };
}

/** They are never written once they are whole, so that both can have the same. */
function copyFolder(from: string, to: string): void {
  mkdirSync(to, { mode: 0o700 });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith('.part')) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    try {
      linkSync(source, target);
    } catch {
      copyFileSync(source, target);
    }
  }
  sync(to);
}

// A process that copies, so that nobody waits for it, and that can be ended in the middle.
process.once('message', (order: CopyOrder) => {
  let report: CopyReport;
  try {
    report = copy(order);
  } catch (error) {
    report = { error: errorData(toSemblanceError(error, order.file)) };
  }
  // Nobody is left who would take it.
  if (!process.connected) rmSync(order.part, { recursive: true, force: true });
  else process.send?.(report, () => process.disconnect());
});
