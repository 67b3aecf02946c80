import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SemblanceError } from '../../domain/errors/error.ts';
import { suggestion } from '../../domain/errors/suggest.ts';
import { type EncoderDefinition, readDefinition } from './definition.ts';

const BUILT_IN = fileURLToPath(new URL('./definitions/', import.meta.url));

/** Descriptions of the published models, each under its model's name. */
const CATALOGUE = fileURLToPath(new URL('../models/catalogue/', import.meta.url));

function definitionFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => join(folder, file));
}

/**
 * All encoders that can be named: the built-in ones and those of the user's folder. A file that
 * cannot be used is reported beside them, so that it does not hide the others.
 */
export async function listEncoders(
  userFolder: string,
): Promise<{ definitions: EncoderDefinition[]; failures: SemblanceError[] }> {
  const definitions: EncoderDefinition[] = [];
  const failures: SemblanceError[] = [];
  for (const file of [...definitionFiles(BUILT_IN), ...definitionFiles(userFolder)]) {
    try {
      definitions.push(await readDefinition(file));
    } catch (error) {
      if (!(error instanceof SemblanceError)) throw error;
      failures.push(error);
    }
  }
  return { definitions, failures };
}

/**
 * Finds an encoder by its name, or by the path of a description file (a name that ends in `.json`).
 * @throws SemblanceError ENCODER_NOT_FOUND, ENCODER_INVALID
 */
export async function findEncoder(
  nameOrFile: string,
  userFolder: string,
): Promise<EncoderDefinition> {
  if (nameOrFile.endsWith('.json')) return readDefinition(resolve(nameOrFile));
  const { definitions, failures } = await listEncoders(userFolder);
  const found = definitions.find((definition) => definition.name === nameOrFile);
  if (found !== undefined) return found;
  const broken = failures.find((failure) => failure.subject?.endsWith(`${nameOrFile}.json`));
  if (broken !== undefined) throw broken;
  const catalogue = definitionFiles(CATALOGUE).map((file) => basename(file, '.json'));
  const names = definitions.map(({ name }) => name);
  throw new SemblanceError(
    'ENCODER_NOT_FOUND',
    catalogue.includes(nameOrFile)
      ? `It is not on this machine: fetch it with \`semblance models pull ${nameOrFile}\`, or add its files with \`semblance models add ${nameOrFile} --from <files>\`.`
      : suggestion(nameOrFile, [...names, ...catalogue], 'encoder'),
    { subject: nameOrFile },
  );
}
