import { linesOf, type TokenizerJson } from './tokenizer-json.ts';

/** How CLIP cuts a text into words (openai/CLIP, simple_tokenizer.py). */
const WORDS = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

/**
 * Byte-level BPE of CLIP: small letters, one space between words, merges that end with the word,
 * between <|startoftext|> and <|endoftext|>.
 *
 * @param vocab the official vocab.json: ids by token
 * @param merges the official merges.txt: a line of the version, then one pair a line, best first
 */
export function clipBpe(vocab: Readonly<Record<string, number>>, merges: string): TokenizerJson {
  const [start, end] = ['<|startoftext|>', '<|endoftext|>'];
  return {
    marks: [start, end],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: WORDS }, behavior: 'Removed', invert: true },
        { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
      ],
    },
    post_processor: {
      type: 'RobertaProcessing',
      cls: [start, vocab[start]],
      sep: [end, vocab[end]],
      trim_offsets: false,
      add_prefix_space: false,
    },
    model: {
      type: 'BPE',
      vocab,
      merges: linesOf(merges).filter((line) => !line.startsWith('#version')),
      unk_token: end,
      end_of_word_suffix: '</w>',
    },
  };
}
