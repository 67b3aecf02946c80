import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { MODEL_NAME } from '../../domain/encoders.ts';
import { SemblanceError } from '../../domain/errors/error.ts';
import type { DataDirectory } from '../../store/data-directory.ts';
import { readJson } from './files.ts';

const RecordSchema = z.object({
  name: z.string().regex(MODEL_NAME),
  title: z.string(),
  /** Length of an embedding. */
  dimension: z.number().int().positive(),
  licence: z.string(),
  source: z.string(),
  /** Folder in `checkpoints/` that the official files were pulled into or would be. */
  checkpoints: z.string().optional(),
  /** Reproduces the study's published code where it differs from the plain model. */
  asPublished: z.boolean(),
  text: z.boolean(),
  /** SHA-256 of the checkpoint, hexadecimal; of a sharded one over the sums of its files. */
  checkpoint: z.string(),
  /** Version of the compiler. */
  compiler: z.number(),
  /** Version of the graph of tokens; absent in models that were compiled before there was one. */
  tokens: z.number().optional(),
});

/** What is known of a model that was compiled on this machine: `installed.json` in its folder. */
export type InstalledRecord = z.infer<typeof RecordSchema>;

const AgreementSchema = z.object({
  pictures: z.number().int().positive(),
  least: z.number(),
  mean: z.number(),
});

/**
 * Reads how near a compiled form of fewer bits was found to be to that of 32.
 * @throws SemblanceError ENCODER_INVALID
 */
export function readAgreement(file: string): z.infer<typeof AgreementSchema> {
  const { data } = AgreementSchema.safeParse(readJson(file));
  if (data !== undefined) return data;
  throw new SemblanceError(
    'ENCODER_INVALID',
    'It does not say how near the embeddings of fewer bits are: remove the model and add it again.',
    { subject: file },
  );
}

/** Folder of everything that belongs to a model. */
export function modelFolder(home: DataDirectory, name: string): string {
  return join(home.folder, 'models', name);
}

/** Name of the folder of a repository's files; models of one repository and revision share it. */
export function checkpointName(hub: { repository: string; revision: string }): string {
  const name = hub.repository.replace('/', '--');
  return hub.revision === 'main' ? name : `${name}@${encodeURIComponent(hub.revision)}`;
}

/** Folder that official files are fetched into. */
export function checkpointFolder(home: DataDirectory, name: string): string {
  return join(home.folder, 'checkpoints', name);
}

/** The encoder's description, by which `--encoder <name>` finds it. */
export function definitionFile(home: DataDirectory, name: string): string {
  return join(home.encodersFolder, `${name}.json`);
}

/** Writes a JSON file whole or not at all. */
export function writeJson(file: string, value: unknown): void {
  const part = `${file}.part`;
  writeFileSync(part, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(part, file);
}

/** Notes that a model is ready. */
export function writeInstalled(home: DataDirectory, record: InstalledRecord): void {
  writeJson(join(modelFolder(home, record.name), 'installed.json'), record);
}

/** The record of a model that is ready for use; undefined when it is not. */
export function readInstalled(home: DataDirectory, name: string): InstalledRecord | undefined {
  // A name is never a path.
  if (!MODEL_NAME.test(name) || !existsSync(definitionFile(home, name))) return undefined;
  try {
    const file = join(modelFolder(home, name), 'installed.json');
    return RecordSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    // Absent or damaged: compiling it again is all that is needed.
    return undefined;
  }
}

/** All models that are ready, by name; relatives that the user added are among them. */
export function listInstalled(home: DataDirectory): InstalledRecord[] {
  const folder = join(home.folder, 'models');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .flatMap((name) => readInstalled(home, name) ?? []);
}

/**
 * Removes a model: its compiled form, its description, and the files that were pulled for it unless
 * another model is made of them. Collections keep their embeddings.
 * @returns whether there was anything to remove
 */
export function removeModel(home: DataDirectory, name: string): boolean {
  if (!MODEL_NAME.test(name)) return false;
  const folder = modelFolder(home, name);
  // Without it the description is not of a compiled model, but the user's own.
  if (!existsSync(folder)) return false;
  const checkpoints = readInstalled(home, name)?.checkpoints;
  rmSync(definitionFile(home, name), { force: true });
  rmSync(folder, { recursive: true, force: true });
  const shared = listInstalled(home).some((other) => other.checkpoints === checkpoints);
  if (checkpoints !== undefined && !shared) {
    rmSync(checkpointFolder(home, checkpoints), { recursive: true, force: true });
  }
  return true;
}
