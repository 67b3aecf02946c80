import { SemblanceError } from '../../domain/errors/error.ts';
import { isReadable } from '../checkpoints/dtype.ts';
import type { TensorSource } from '../checkpoints/tensor-source.ts';
import type { Architecture, BuildOptions, Rename, Tower } from './architecture.ts';
import { fits, type Shape } from './tensor-plan.ts';

/** A tower's tensors, found in a checkpoint and whole. */
export interface LocatedTower {
  /** The tensors by the names that the builder uses, and no others. */
  source: TensorSource;
  /** Their names in the checkpoint. */
  used: ReadonlySet<string>;
  /** What is to be told. */
  notes: string[];
}

/** Looking at each end of each name takes its time, and no checkpoint has as many tensors. */
const MOST_NAMES = 200_000;
/** Names that an error lists. */
const LISTED = 200;
/** The same where the checkpoint has nothing of the model. */
const FEW = 20;

/** What parallel training, compiling and sharding put around modules, at the front or in the middle. */
const WRAPPERS =
  /(^|\.)(?:module|_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module|_forward_module)(?=\.)/g;

function withoutWrappers(name: string): string {
  return name.replace(WRAPPERS, '').replace(/^\./, '');
}

function spelled(name: string, renames: readonly Rename[]): string {
  return renames.reduce((text, [from, to]) => text.replace(from, to as string), name);
}

/** Names of the checkpoint by those of the builder, under one prefix. */
type Found = Map<string, string[]>;

/** The tensors of a plan under each prefix that has any. */
function candidates(
  names: readonly string[],
  plan: ReadonlyMap<string, Shape>,
  renames: readonly Rename[],
): Map<string, Found> {
  const all = new Map<string, Found>();
  for (const name of names) {
    const bare = withoutWrappers(name);
    for (let at = 0; at >= 0; at = nextSegment(bare, at)) {
      const wanted = spelled(bare.slice(at), renames);
      if (!plan.has(wanted)) continue;
      const prefix = bare.slice(0, at);
      const found = all.get(prefix) ?? new Map<string, string[]>();
      all.set(prefix, found);
      const originals = found.get(wanted) ?? [];
      // A name that was right from the start comes before a renamed one.
      if (name === wanted) originals.unshift(name);
      else originals.push(name);
      found.set(wanted, originals);
    }
  }
  return all;
}

/** Where the next part of a dotted name begins, or -1. */
function nextSegment(name: string, at: number): number {
  const dot = name.indexOf('.', at);
  return dot < 0 ? -1 : dot + 1;
}

function listed(names: readonly string[], most = LISTED): string {
  const more = names.length - most;
  return names.slice(0, most).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** Whether two tensors are the same. */
function equal(source: TensorSource, a: string, b: string): boolean {
  const [left, right] = [source.info(a), source.info(b)];
  if (left?.shape.join() !== right?.shape.join() || left?.dtype !== right?.dtype) return false;
  if (!isReadable(left?.dtype ?? '')) return false;
  const [x, y] = [source.floats(a), source.floats(b)];
  return x.every((value, i) => Object.is(value, y[i]));
}

/** Whether one of two models is a copy of the other, as far as both have it. */
function copies(source: TensorSource, a: Found, b: Found): boolean {
  return [...b].every(([name, [other]]) => {
    const one = a.get(name)?.[0];
    return one === undefined || other === undefined || one === other || equal(source, one, other);
  });
}

/**
 * Which prefix the model's tensors have: the one with most of them. Of a student and its teacher the
 * teacher is meant, as their authors use it.
 * @throws SemblanceError CHECKPOINT_AMBIGUOUS when there are several models
 */
function choosePrefix(
  source: TensorSource,
  all: ReadonlyMap<string, Found>,
  anchor: string,
  promised: number,
): { prefix: string; notes: string[] } {
  const isMost = (found: Found) => found.size > promised / 2;
  const ranked = [...all].sort(
    ([a, one], [b, other]) =>
      Number(isMost(other) && other.has(anchor)) - Number(isMost(one) && one.has(anchor)) ||
      Number(isMost(other)) - Number(isMost(one)) ||
      Number(other.has(anchor)) - Number(one.has(anchor)) ||
      other.size - one.size ||
      a.length - b.length,
  );
  const [best] = ranked;
  if (best === undefined) return { prefix: '', notes: [] };
  const [first, found] = best;
  // "vit." and "" can be two ways to take the same names.
  const seen = new Set([...found.values()].flat());
  const wholes = [first, ...ranked.flatMap(([prefix, one]) => (one.has(anchor) ? [prefix] : []))];
  const rivals = ranked.slice(1).filter(([prefix, other]) => {
    const names = [...other.values()].flat();
    // A damaged model may lack the anchor, too; a part of another, as its other tower, is none.
    const isModel =
      other.has(anchor) || (isMost(other) && !wholes.some((one) => prefix.startsWith(one)));
    const isOther = isModel && names.some((name) => !seen.has(name));
    if (isOther) for (const name of names) seen.add(name);
    return isOther;
  });
  const others = rivals.filter(([, other]) => !copies(source, found, other));
  if (others.length === 0) return { prefix: first, notes: [] };
  const prefixes = [first, ...others.map(([prefix]) => prefix)];
  const teachers = prefixes.filter((prefix) => /(^|\.)teacher\./.test(prefix));
  const [teacher] = teachers;
  if (teachers.length === 1 && teacher !== undefined) {
    const rest = prefixes.filter((prefix) => prefix !== teacher);
    if (rest.every((prefix) => /(^|\.)student\./.test(prefix))) {
      return {
        prefix: teacher,
        notes: [`It holds a student and its teacher; the teacher is used ("${teacher}").`],
      };
    }
  }
  throw new SemblanceError(
    'CHECKPOINT_AMBIGUOUS',
    `It holds the model ${prefixes.length} times, with other values, under ${prefixes.map((prefix) => `"${prefix}"`).join(', ')}.`,
    { subject: source.path },
  );
}

const NUMBERS = /(?<=^|\.)\d+(?=\.|$)/g;

/**
 * How the checkpoint would spell a tensor that it lacks, by those that it has: the same of another layer,
 * or the one that shares most of the name.
 */
function spelling(name: string, found: Found, original: readonly Rename[]): string {
  // Nothing tells how another model would spell it.
  if (found.size === 0) return name;
  const numbers = name.match(NUMBERS) ?? [];
  const pattern = name.replace(NUMBERS, '#');
  let best = '';
  let shared = -1;
  for (const [other, [theirs = '']] of found) {
    if (
      other.replace(NUMBERS, '#') === pattern &&
      theirs.match(NUMBERS)?.length === numbers.length
    ) {
      let i = 0;
      return theirs.replace(NUMBERS, () => numbers[i++] as string);
    }
    let at = 0;
    while (at < name.length && name[at] === other[at]) at += 1;
    const common = name.lastIndexOf('.', at - 1) + 1;
    const rest = other.slice(common);
    if (common > shared && theirs.endsWith(rest)) {
      shared = common;
      best = theirs.slice(0, theirs.length - rest.length) + name.slice(common);
    }
  }
  return spelled(best || name, original);
}

/**
 * Finds the tensors of a tower in a checkpoint by what its configuration promises, whatever prefixes
 * training has put before their names, and makes sure that all are there and nothing is there that would
 * make another model.
 * @throws SemblanceError CHECKPOINT_INCOMPLETE that lists every tensor that is absent or does not fit,
 *   CHECKPOINT_UNSUPPORTED that lists those that the configuration does not promise or whose type cannot
 *   be read, CHECKPOINT_AMBIGUOUS, CHECKPOINT_INVALID
 */
export function locateTower(
  architecture: Architecture,
  tower: Tower,
  source: TensorSource,
  options: BuildOptions,
): LocatedTower {
  const names = source.names();
  const subject = source.path;
  if (names.length > MOST_NAMES) {
    throw new SemblanceError('CHECKPOINT_INVALID', `It has ${names.length} tensors.`, { subject });
  }
  const { renames = [] } = architecture;
  const peek = (ending: string) => {
    const name = names.find((one) => one.endsWith(ending));
    return name === undefined ? undefined : source.info(name)?.shape;
  };
  const { plan, own, harmless, notes } = architecture.promise(tower, options, peek, names);
  const { tensors } = plan;
  const [anchor = ''] = tensors.keys();
  const all = candidates(names, tensors, renames);
  const chosen =
    options.prefix === undefined
      ? choosePrefix(source, all, anchor, tensors.size)
      : { prefix: options.prefix.replace(/([^.])$/, '$1.'), notes: [] };
  const { prefix } = chosen;
  const found: Found = all.get(prefix) ?? new Map();

  const absent: string[] = [];
  const wrong: string[] = [];
  const original = new Map<string, string>();
  for (const [name, shape] of tensors) {
    const [one, ...others] = found.get(name) ?? [];
    if (one === undefined) {
      absent.push(spelling(name, found, architecture.originals ?? []));
      continue;
    }
    const twin = others.find((other) => !equal(source, one, other));
    if (twin !== undefined) {
      throw new SemblanceError(
        'CHECKPOINT_AMBIGUOUS',
        `It has "${one}" and "${twin}" with other values, which are one tensor of the model.`,
        { subject },
      );
    }
    original.set(name, one);
    const info = source.info(one);
    if (info === undefined) absent.push(one);
    else if (!fits(info.shape, shape)) {
      const text = shape.map((side) => (side < 0 ? '?' : side)).join(' x ');
      absent.push(`${one} (${info.shape.join(' x ') || 'a scalar'} instead of ${text})`);
    } else if (!/^B?F(16|32|64)$/.test(info.dtype)) {
      wrong.push(`${one} (${info.dtype}${whyNot(info.dtype)})`);
    }
  }
  const used = new Set([...found.values()].flat());
  const extra = names.filter((name) => {
    const bare = withoutWrappers(name);
    if (used.has(name) || !bare.startsWith(prefix)) return false;
    const wanted = spelled(bare.slice(prefix.length), renames);
    return own.test(wanted) && harmless?.test(wanted) !== true;
  });
  if (absent.length > 0) {
    throw new SemblanceError(
      'CHECKPOINT_INCOMPLETE',
      [
        `${absent.length} missing or of another shape: ${listed([...absent, ...wrong], found.size === 0 ? FEW : LISTED)}.`,
        ...(extra.length > 0 ? [`Not promised by its configuration: ${listed(extra, 10)}.`] : []),
        ...(found.size === 0 ? [`It has ${names.length} others: ${listed(names, 5)}.`] : []),
      ].join(' '),
      { subject },
    );
  }
  if (wrong.length > 0) {
    throw new SemblanceError(
      'CHECKPOINT_UNSUPPORTED',
      `${wrong.length} not of floating-point numbers of 16, 32 or 64 bits: ${listed(wrong)}.`,
      { subject },
    );
  }
  if (extra.length > 0) {
    throw new SemblanceError(
      'CHECKPOINT_UNSUPPORTED',
      `${extra.length} that its configuration does not promise, so that it would be another model: ${listed(extra)}.`,
      { subject },
    );
  }
  return {
    source: {
      path: subject,
      names: () => [...original.keys()],
      info: (name) => source.info(original.get(name) ?? ''),
      floats: (name) => source.floats(original.get(name) ?? ''),
      close: () => source.close(),
    },
    used,
    notes: [...takenOff(prefix, [...original.values()]), ...chosen.notes, ...notes],
  };
}

/** Why values of a type are no weights. */
function whyNot(dtype: string): string {
  if (/^F[468]/.test(dtype)) return ', numbers only with a scale that the format does not give';
  if (/^Q/.test(dtype)) return ', quantised';
  return '';
}

/** Tells which prefixes the names have in the file. */
function takenOff(prefix: string, originals: readonly string[]): string[] {
  const wrappers = new Set<string>();
  for (const name of originals) {
    for (const [whole] of name.matchAll(WRAPPERS)) wrappers.add(`${whole.replace(/^\./, '')}.`);
  }
  const parts = [...wrappers, ...(prefix === '' ? [] : [prefix])];
  return parts.length === 0
    ? []
    : [`Taken off the names of its tensors: ${parts.map((part) => `"${part}"`).join(', ')}.`];
}
