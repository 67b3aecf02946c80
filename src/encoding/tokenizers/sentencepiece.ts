import protobuf from 'protobufjs';
import type { TokenizerJson } from './tokenizer-json.ts';

/** Numbers of the format: a kind of model, which is the default, and a kind of piece. */
const UNIGRAM = 1;
const UNKNOWN = 2;

/** The part of SentencePiece's model file that is needed (sentencepiece_model.proto), by field number. */
const modelProto = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        pieces: { rule: 'repeated', type: 'SentencePiece', id: 1 },
        trainerSpec: { type: 'TrainerSpec', id: 2 },
        normalizerSpec: { type: 'NormalizerSpec', id: 3 },
      },
      nested: {
        SentencePiece: {
          fields: {
            piece: { type: 'string', id: 1 },
            score: { type: 'float', id: 2 },
            type: { type: 'int32', id: 3 },
          },
        },
        TrainerSpec: {
          fields: { modelType: { type: 'int32', id: 3, options: { default: UNIGRAM } } },
        },
        NormalizerSpec: { fields: { name: { type: 'string', id: 1 } } },
      },
    },
  },
}).lookupType('ModelProto');

interface Model {
  pieces: { piece: string; score: number; type?: number }[];
  trainerSpec?: { modelType?: number };
  normalizerSpec?: { name?: string };
}

/** The end of a text; SigLIP has no mark for its start. */
const END = '</s>';

/** Punctuation of ASCII, which SigLIP's official code removes (Python's string.punctuation). */
const PUNCTUATION = /[!-/:-@[-`{-~]/g;

/**
 * A text as SigLIP's official code has it before SentencePiece (transformers, SiglipTokenizer
 * `canonicalize_text`): small letters, no punctuation, one space between words.
 */
export function canonicalText(text: string, lowerCase: boolean): string {
  const cased = lowerCase ? text.toLowerCase() : text;
  return cased.replace(PUNCTUATION, '').replace(/\s+/g, ' ').trim();
}

/**
 * A unigram model of SentencePiece as SigLIP uses it: a space before the first word, the end mark
 * after the last piece. Characters are treated as the library treats nmt_nfkc, not by the table that
 * the file has of it.
 *
 * @param file the official spiece.model
 * @throws Error when it is no unigram model with the usual treatment of characters (NMT's NFKC)
 */
export function sentencePiece(file: Uint8Array): TokenizerJson {
  const model = modelProto.decode(file) as unknown as Model;
  const treatment = model.normalizerSpec?.name ?? '';
  if ((model.trainerSpec?.modelType ?? UNIGRAM) !== UNIGRAM || treatment !== 'nmt_nfkc') {
    throw new Error(`It is no unigram model with the treatment nmt_nfkc, but with "${treatment}".`);
  }
  return {
    marks: [END],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Precompiled' },
        { type: 'Replace', pattern: { Regex: ' +' }, content: ' ' },
        { type: 'Strip', strip_left: true, strip_right: true },
      ],
    },
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: END, type_id: 0 } }],
    },
    model: {
      type: 'Unigram',
      vocab: model.pieces.map(({ piece, score }) => [piece, score]),
      unk_id: model.pieces.findIndex(({ type }) => type === UNKNOWN),
    },
  };
}
