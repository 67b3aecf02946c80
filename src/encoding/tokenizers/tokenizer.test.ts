import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { hasShared, sharedPath } from '../../testing/shared.ts';
import { openSafetensors } from '../checkpoints/safetensors.ts';
import { TokenizerSchema, type TokenizerSpec } from './spec.ts';
import { Tokenizer } from './tokenizer.ts';

// scripts/tokenizer-fixtures.py made these with the official tokenizers.
const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));
const expected = JSON.parse(readFileSync(join(FIXTURES, 'expected.json'), 'utf8'));
const texts: string[] = expected.texts;
const { contextLength } = expected;

const load = (kind: TokenizerSpec['kind'], files: string[], settings: object = {}) =>
  Tokenizer.load(
    TokenizerSchema.parse({
      kind,
      files: files.map((file) => join(FIXTURES, kind, file)),
      contextLength,
      ...settings,
    }),
  );

describe('Tokenizer', () => {
  it.each([
    ['wordpiece', ['vocab.txt'], 0],
    ['wordpiece', ['tokenizer.json'], 0],
    // The last mark is what transformers pads CLIP with.
    ['clip-bpe', ['vocab.json', 'merges.txt'], expected['clip-bpe'][0].at(-1)],
    ['sentencepiece', ['spiece.model'], 1],
  ] as const)('%s gives the ids of the official code from %s', async (kind, files, padId) => {
    const tokenizer = await load(kind, [...files], { padId });
    texts.forEach((text, i) => {
      expect(tokenizer.encode(text).ids, text).toEqual(expected[kind][i]);
    });
  });

  const golden = 'goldens/encoders/biomedclip/checkpoint/texts.json';
  it.skipIf(!hasShared(golden))("gives the ids of BiomedCLIP's golden", async () => {
    const root = sharedPath('goldens/encoders/biomedclip/');
    const inputs = openSafetensors(join(root, 'input.safetensors'));
    const [, length = 0] = inputs.info('input_ids')?.shape ?? [];
    const wanted = [...inputs.floats('input_ids')];
    inputs.close();
    const tokenizer = await Tokenizer.load(
      TokenizerSchema.parse({
        kind: 'wordpiece',
        files: [join(root, 'checkpoint/vocab.txt')],
        contextLength: length,
      }),
    );
    const phrases: string[] = JSON.parse(readFileSync(sharedPath(golden), 'utf8'));
    expect(phrases.flatMap((text) => tokenizer.encode(text).ids)).toEqual(wanted);
  });

  it('says how much of a long text is used', async () => {
    const tokenizer = await load('wordpiece', ['vocab.txt']);
    expect(tokenizer.encode('chest ray')).toMatchObject({ tokens: 4, used: 4 });
    const long = tokenizer.encode('chest '.repeat(50));
    expect(long).toMatchObject({ tokens: 52, used: contextLength });
    expect(long.ids).toHaveLength(contextLength);
    expect(tokenizer.encode('it’s').ids).toEqual(tokenizer.encode("it's").ids);
  });

  it('refuses files that are missing, of another kind or damaged', async () => {
    const invalid = { code: 'TOKENIZER_INVALID' };
    await expect(load('clip-bpe', ['vocab.json'])).rejects.toMatchObject(invalid);
    await expect(load('wordpiece', ['absent/vocab.txt'])).rejects.toMatchObject({
      code: 'PATH_NOT_FOUND',
    });
    const folder = await mkdtemp(join(tmpdir(), 'semblance-tokenizer-'));
    const names = { wordpiece: 'vocab.txt', sentencepiece: 'spiece.model' } as const;
    for (const [kind, name] of Object.entries(names)) {
      const files = [join(folder, name)];
      await writeFile(files[0] as string, 'not a vocabulary');
      const spec = TokenizerSchema.parse({ kind, files, contextLength });
      await expect(Tokenizer.load(spec)).rejects.toMatchObject(invalid);
    }
    // Without a token for what it does not know, and with a text that it does not know.
    const ready = JSON.parse(readFileSync(join(FIXTURES, 'wordpiece/tokenizer.json'), 'utf8'));
    ready.model.unk_token = '[NONE]';
    const files = [join(folder, 'tokenizer.json')];
    await writeFile(files[0] as string, JSON.stringify(ready));
    const spec = TokenizerSchema.parse({ kind: 'wordpiece', files, contextLength });
    const tokenizer = await Tokenizer.load(spec);
    expect(() => tokenizer.encode('≤')).toThrow(expect.objectContaining(invalid));
    await rm(folder, { recursive: true });
  });
});
