/** A tokenizer in the form of Hugging Face's tokenizer.json, as far as it is made from other official files. */
export interface TokenizerJson {
  /** Tokens that stand for themselves wherever they are in a text. */
  marks: string[];
  normalizer: object;
  pre_tokenizer: object;
  post_processor: object;
  model: {
    vocab: Readonly<Record<string, number>> | [string, number][];
    [setting: string]: unknown;
  };
}

/** The lines of a vocabulary file, without the empty one after the last. */
export function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
