import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Tokenizer as Library } from '@huggingface/tokenizers';
import { SemblanceError, toSemblanceError } from '../../domain/errors/error.ts';
import { clipBpe } from './clip-bpe.ts';
import { canonicalText, sentencePiece } from './sentencepiece.ts';
import type { TokenizerSpec } from './spec.ts';
import type { TokenizerJson } from './tokenizer-json.ts';
import { wordPiece } from './wordpiece.ts';

/** A text as the ids of a text tower. */
export interface TokenizedText {
  /** `contextLength` ids. */
  ids: number[];
  /** Tokens of the whole text, with its marks of start and end. */
  tokens: number;
  /** How many of them are among the ids: fewer when the text was too long. */
  used: number;
}

/** The official files of each kind; a `tokenizer.json` is taken where they are absent. */
const OFFICIAL: Record<TokenizerSpec['kind'], readonly string[]> = {
  wordpiece: ['vocab.txt'],
  'clip-bpe': ['vocab.json', 'merges.txt'],
  sentencepiece: ['spiece.model'],
};
const READY_MADE = 'tokenizer.json';

/**
 * Which of the files a tokenizer of this kind is read from.
 * @returns undefined when they are not enough
 */
export function tokenizerFiles(
  kind: TokenizerSpec['kind'],
  files: readonly string[],
): string[] | undefined {
  const find = (name: string) => files.find((file) => basename(file) === name);
  const found = OFFICIAL[kind].map(find);
  if (found.every((file) => file !== undefined)) return found;
  const ready = find(READY_MADE);
  return ready === undefined ? undefined : [ready];
}

/** The library's tokenizer of an official set of files. */
async function build(spec: TokenizerSpec, files: string[]): Promise<Library> {
  const [first, second] = await Promise.all(files.map((file) => readFile(file)));
  const text = (first as Buffer).toString('utf8');
  if (basename(files[0] as string) === READY_MADE) return new Library(JSON.parse(text), {});
  const json: Record<TokenizerSpec['kind'], () => TokenizerJson> = {
    wordpiece: () => wordPiece(text, spec.lowerCase),
    'clip-bpe': () => clipBpe(JSON.parse(text), (second as Buffer).toString('utf8')),
    sentencepiece: () => sentencePiece(first as Buffer),
  };
  const { marks, model, ...parts } = json[spec.kind]();
  const { vocab } = model;
  const idOf = Array.isArray(vocab)
    ? (token: string) => vocab.findIndex(([piece]) => piece === token)
    : (token: string) => vocab[token] ?? -1;
  const added = marks.map((content) => ({ content, id: idOf(content), special: true }));
  const missing = added.filter(({ id }) => id < 0).map(({ content }) => content);
  if (missing.length > 0) throw new Error(`The vocabulary lacks ${missing.join(', ')}.`);
  return new Library({ ...parts, model, decoder: null, added_tokens: added }, {});
}

/** Makes the ids of a text tower from texts, as the official code does. */
export class Tokenizer {
  private constructor(
    private readonly library: Library,
    private readonly spec: TokenizerSpec,
  ) {}

  /**
   * Reads the official files.
   * @param spec its files with absolute paths
   * @throws SemblanceError PATH_NOT_FOUND, PATH_NOT_READABLE, TOKENIZER_INVALID
   */
  static async load(spec: TokenizerSpec): Promise<Tokenizer> {
    const files = tokenizerFiles(spec.kind, spec.files);
    const subject = spec.files.join(', ');
    if (files === undefined) {
      throw new SemblanceError(
        'TOKENIZER_INVALID',
        `A tokenizer "${spec.kind}" needs ${OFFICIAL[spec.kind].join(' and ')}, or ${READY_MADE}.`,
        { subject },
      );
    }
    try {
      return new Tokenizer(await build(spec, files), spec);
    } catch (error) {
      const coded = toSemblanceError(error, subject);
      if (coded.code !== 'INTERNAL') throw coded;
      throw new SemblanceError('TOKENIZER_INVALID', coded.message, { subject, cause: error });
    }
  }

  /**
   * The ids of a text. Of one that is too long, the first tokens are kept and the mark of its end.
   * @throws SemblanceError TOKENIZER_INVALID when the vocabulary has no id for a part of it
   */
  encode(text: string): TokenizedText {
    const { kind, contextLength, padId, lowerCase } = this.spec;
    const cleaned = kind === 'sentencepiece' ? canonicalText(text, lowerCase) : straight(text);
    const all = this.library.encode(cleaned).ids;
    if (!all.every(Number.isInteger)) {
      throw new SemblanceError('TOKENIZER_INVALID', 'The vocabulary lacks a token of the text.', {
        subject: this.spec.files.join(', '),
      });
    }
    const ids = all.length > contextLength ? [...all.slice(0, contextLength - 1), all.at(-1)] : all;
    const padding = Array<number>(contextLength - ids.length).fill(padId);
    return { ids: [...(ids as number[]), ...padding], tokens: all.length, used: ids.length };
  }
}

/** Typographic quotes made straight, as open_clip has them made (by ftfy) before it tokenizes. */
function straight(text: string): string {
  return text.replace(/[\u02bc\u2018-\u201b]/g, "'").replace(/[\u201c-\u201f]/g, '"');
}
