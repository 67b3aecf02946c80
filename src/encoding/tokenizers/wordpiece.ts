import { linesOf, type TokenizerJson } from './tokenizer-json.ts';

/**
 * WordPiece of an uncased BERT, as BiomedCLIP's PubMedBERT has: control characters dropped, Chinese
 * characters apart, small letters, accents stripped, split at spaces and punctuation, the longest
 * pieces first, between [CLS] and [SEP].
 *
 * @param vocab the official vocab.txt: one token a line, its id the line's number from 0
 * @param lowerCase whether capitals are made small and accents stripped
 */
export function wordPiece(vocab: string, lowerCase: boolean): TokenizerJson {
  const ids = Object.fromEntries(linesOf(vocab).map((token, id) => [token, id]));
  const mark = (token: string) => ({ SpecialToken: { id: token, type_id: 0 } });
  return {
    marks: ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'],
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: lowerCase,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [mark('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, mark('[SEP]')],
    },
    model: {
      type: 'WordPiece',
      vocab: ids,
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
    },
  };
}
