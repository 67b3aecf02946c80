import { readFileSync } from 'node:fs';
import type { Command, Option } from 'commander';
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { only } from '../contract/only.ts';
import type { SettingProblem, ShownSetting, ShownSettings } from '../contract/settings.ts';
import { SemblanceError, toSemblanceError } from '../domain/errors/error.ts';
import { suggestion } from '../domain/errors/suggest.ts';
import { wholeNumber } from './output.ts';
import { portNumber } from './receiving-options.ts';

/** Where the file of settings is, where no option says so. */
export const CONFIG_VARIABLE = 'SEMBLANCE_CONFIG';
/** Options that are for one call. */
const OF_A_CALL = ['help', 'json', 'version', 'config'];
/** Variables that are no settings of a server. */
const OTHER_VARIABLES = /^SEMBLANCE_(CONFIG|ENGINE_KEY|OIDC_SECRET|OFFLINE|HUB|DICOMWEB_.*)$/;
/** Names of settings whose values are shown to nobody. */
const SECRET = /(^|-)(secret|password|token)$/;
const MASKED = '********';

/** What a file gives. */
interface ConfigFile {
  values: Record<string, unknown>;
  /** Line of each name, from 1. */
  lines: ReadonlyMap<string, number>;
}

/**
 * A setting of a server: an option of `serve`, which the environment and a file may give, too. Nothing else lists the
 * settings.
 */
export interface Setting {
  /** Its name in a file; as an option with `--` before it. */
  name: string;
  variable: string;
  /** What a file may give. */
  schema: z.ZodType;
  option: Option;
  /** The command that has the option: this one, or the program. */
  owner: Command;
}

/** The settings of a command: its options, and those of the program above it that are not for one call. */
export function settingsOf(command: Command): Setting[] {
  let program = command;
  while (program.parent) program = program.parent;
  const owners = program === command ? [command] : [program, command];
  return owners.flatMap((owner) =>
    owner.options
      .map((option): Setting => {
        // What is on unless `--no-` is before it.
        const name = option.negate ? option.name().slice('no-'.length) : option.name();
        const variable = `SEMBLANCE_${name.replaceAll('-', '_').toUpperCase()}`;
        return { name, variable, schema: schemaOf(option), option, owner };
      })
      .filter(({ name }) => !OF_A_CALL.includes(name)),
  );
}

const isTruth = (option: Option) => option.isBoolean() || option.negate;

/** What a file may give for an option; beyond that, the option's own parser decides. */
function schemaOf(option: Option): z.ZodType {
  const choices = option.argChoices === undefined ? undefined : z.enum(option.argChoices);
  if (isTruth(option)) return z.boolean();
  if (Array.isArray(option.defaultValue)) return z.array(z.string().min(1));
  if (option.parseArg === wholeNumber) return z.int().min(1);
  if (option.parseArg === portNumber) return z.int().min(0).max(65_535);
  if (choices !== undefined) return option.optional ? z.union([z.boolean(), choices]) : choices;
  return z.string().min(1);
}

/** What a value has to be, for people. */
export function kindOf({ option }: Setting): string {
  if (isTruth(option)) return 'true or false';
  if (Array.isArray(option.defaultValue)) return 'a list of texts';
  if (option.parseArg === wholeNumber) return 'a whole number above 0';
  if (option.parseArg === portNumber) return 'a port, 0 to 65535';
  const choices = option.argChoices?.join(', ');
  if (choices !== undefined) return `one of ${choices}${option.optional ? ', true, false' : ''}`;
  return 'a text';
}

/** A value of the environment as a file would have it. */
function fromText({ option, schema }: Setting, text: string): unknown {
  if (Array.isArray(option.defaultValue)) return text.split(/[\s,]+/).filter(Boolean);
  if (isTruth(option) || option.optional) {
    if (/^(true|yes|on|1)$/i.test(text)) return true;
    if (/^(false|no|off|0)$/i.test(text)) return false;
  }
  return schema instanceof z.ZodNumber && text.trim() !== '' ? Number(text) : text;
}

/**
 * Gives an option its value, as the command line would.
 * @throws SemblanceError USAGE and those of the option's parser
 */
function give({ option, owner }: Setting, value: unknown, source: 'env' | 'config'): void {
  const parse = option.parseArg as ((text: string, before: unknown) => unknown) | undefined;
  const one = (text: unknown, before: unknown) => (parse ? parse(String(text), before) : text);
  let given: unknown;
  if (Array.isArray(value)) given = value.reduce((before, each) => one(each, before), []);
  else if (isTruth(option)) given = value;
  else if (typeof value === 'boolean') given = value ? option.presetArg : undefined;
  else given = one(value, undefined);
  owner.setOptionValueWithSource(option.attributeName(), given, source);
}

/**
 * Reads a file of settings: YAML, of which JSON is a part.
 * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE
 */
function readConfig(file: string): ConfigFile | { problem: SettingProblem } {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw toSemblanceError(error, file);
  }
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const [error] = document.errors;
  const problemAt = (problem: string, at: number | undefined) => ({
    problem: { name: null, line: at === undefined ? null : counter.linePos(at).line, problem },
  });
  if (error !== undefined) return problemAt(`It is no YAML: ${error.message}`, error.pos[0]);
  const { contents } = document;
  if (contents === null) return { values: {}, lines: new Map() };
  if (!isMap(contents)) {
    return problemAt('It has to have a name and a value on each line.', contents.range?.[0]);
  }
  const lines = new Map<string, number>();
  for (const { key } of contents.items) {
    if (isScalar(key)) lines.set(String(key.value), counter.linePos(key.range?.[0] ?? 0).line);
  }
  try {
    // A list of lists of lists that refer to each other is none of settings.
    return { values: document.toJS({ maxAliasCount: 10 }), lines };
  } catch (error) {
    return problemAt(`It is no list of settings: ${(error as Error).message}`, undefined);
  }
}

/** Problems of a file's values: names that are not known, values that cannot be. */
function schemaProblems(
  settings: readonly Setting[],
  { values, lines }: ConfigFile,
): SettingProblem[] {
  const shape = Object.fromEntries(settings.map(({ name, schema }) => [name, schema.optional()]));
  const { error } = only(shape, 'setting').safeParse(values);
  return (error?.issues ?? []).flatMap((issue): SettingProblem[] => {
    const names = issue.code === 'unrecognized_keys' ? issue.keys : [String(issue.path[0])];
    return names.map((name) => {
      const setting = settings.find((each) => each.name === name);
      const problem =
        setting === undefined
          ? `There is no such setting. ${suggestion(name, Object.keys(shape), 'setting')}`
          : `It has to be ${kindOf(setting)}.`;
      return { name, line: lines.get(name) ?? null, problem };
    });
  });
}

/**
 * Gives the options of a command what the environment, else the file says, where its line says nothing.
 * @param file of settings; by default that of the option `--config`, else of the environment, else none
 * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE
 */
export function resolveSettings(
  command: Command,
  file = (command.getOptionValue('config') as string | undefined) ||
    process.env[CONFIG_VARIABLE] ||
    undefined,
): ShownSettings {
  const settings = settingsOf(command);
  const problems: SettingProblem[] = [];
  let config: ConfigFile = { values: {}, lines: new Map() };
  if (file !== undefined) {
    const read = readConfig(file);
    if ('problem' in read) problems.push(read.problem);
    else {
      config = read;
      problems.push(...schemaProblems(settings, config));
    }
  }
  for (const setting of settings) {
    const { name, variable, option, owner, schema } = setting;
    const source = owner.getOptionValueSource(option.attributeName());
    if (source === 'cli') continue;
    const text = process.env[variable] || undefined;
    const isOfFile = text === undefined && Object.hasOwn(config.values, name);
    if (text === undefined && !isOfFile) continue;
    const value = text === undefined ? config.values[name] : fromText(setting, text);
    const where = isOfFile
      ? { name, line: config.lines.get(name) ?? null }
      : { name: variable, line: null };
    if (!schema.safeParse(value).success) {
      // That of the file is told already.
      if (!isOfFile) problems.push({ ...where, problem: `It has to be ${kindOf(setting)}.` });
      continue;
    }
    try {
      give(setting, value, isOfFile ? 'config' : 'env');
    } catch (error) {
      problems.push({ ...where, problem: toSemblanceError(error).message });
    }
  }
  return { file: file ?? null, settings: settings.map(shown), problems };
}

/** Variables that look like settings and are none. They stop nothing, since a later version may know them. */
export function strangeVariables(command: Command): SettingProblem[] {
  const known = settingsOf(command).map(({ variable }) => variable);
  return Object.keys(process.env)
    .filter((name) => name.startsWith('SEMBLANCE_') && !OTHER_VARIABLES.test(name))
    .filter((name) => !known.includes(name))
    .map((name) => {
      const problem = `There is no such variable. ${suggestion(name, known, 'variable')}`;
      return { name, line: null, problem };
    });
}

/**
 * The same, for a command that goes on with it; strange variables are said.
 * @throws SemblanceError SETTINGS_INVALID, PATH_NOT_FOUND, PATH_NOT_READABLE
 */
export function takeSettings(command: Command): void {
  for (const strange of strangeVariables(command)) {
    process.stderr.write(`Warning: ${problemText(strange)}\n`);
  }
  const { file, problems } = resolveSettings(command);
  if (problems.length === 0) return;
  const text = problems.map(problemText).join('\n  ');
  throw new SemblanceError('SETTINGS_INVALID', text, { subject: file ?? 'environment' });
}

/** A problem on one line. */
export function problemText({ name, line, problem }: SettingProblem): string {
  const at = line === null ? '' : `line ${line}: `;
  return name === null ? `${at}${problem}` : `${at}${name}: ${problem}`;
}

const SOURCES = { cli: 'option', env: 'environment', config: 'file', default: 'default' } as const;

function shown({ name, variable, option, owner }: Setting): ShownSetting {
  const value = owner.getOptionValue(option.attributeName()) as ShownSetting['value'];
  const source = owner.getOptionValueSource(option.attributeName()) ?? 'default';
  return {
    ...{ name, variable },
    value: value === undefined || value === null || value === '' ? null : masked(name, value),
    from: SOURCES[source as keyof typeof SOURCES] ?? 'default',
  };
}

/** A value without what lets somebody in: passwords, and users and passwords of addresses. */
function masked(name: string, value: NonNullable<ShownSetting['value']>): typeof value {
  if (SECRET.test(name)) return MASKED;
  const one = (text: string) => text.replaceAll(/(:\/\/)[^/@\s]*@/g, `$1${MASKED}@`);
  if (typeof value === 'string') return one(value);
  return Array.isArray(value) ? value.map(one) : value;
}
