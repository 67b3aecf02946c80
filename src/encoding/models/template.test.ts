import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasShared, sharedPath } from '../../testing/shared.ts';
import { readProcessor } from '../preprocess/processor.ts';
import { modelsDocument } from './document.ts';
import { findTemplate, readCatalogue, relativeOf } from './template.ts';

const PROCESSORS = 'goldens/preprocess/cases.json';

/** The official processor of each model of the catalogue, by its name among the goldens. */
const PROCESSOR_OF: Record<string, string> = {
  'clip-vit-l-14': 'clip-224',
  'dinov2-base': 'dinov2-base',
  medclip: 'medclip',
  'medsam-vit-base': 'sam',
  'rad-dino': 'rad-dino',
  'resnet-50': 'resnet-50',
  'resnet-50-published': 'resnet-50',
  'sam-vit-base': 'sam',
  'vit-base-in21k': 'vit-base-in21k',
  'vit-mae-base': 'vit-mae-base',
  'vit-mae-base-published': 'vit-mae-base',
};

describe('the catalogue', () => {
  it.skipIf(!hasShared(PROCESSORS))('preprocesses as the official processors', () => {
    const { processors } = JSON.parse(readFileSync(sharedPath(PROCESSORS), 'utf8'));
    for (const [name, processor] of Object.entries(PROCESSOR_OF)) {
      const official = readProcessor(processors[processor], processor);
      expect({ name, ...findTemplate(name).preprocess }).toEqual({ name, ...official });
    }
    const others = readCatalogue().filter(({ name }) => !(name in PROCESSOR_OF));
    // open_clip crops as torchvision; the processor of the other is not among the goldens.
    expect(others.map(({ name }) => name)).toEqual(['biomedclip', 'medsiglip-448']);
    const { centreCrop, ...clip } = readProcessor(processors['clip-224'], 'clip-224');
    expect(findTemplate('biomedclip').preprocess).toEqual({
      ...clip,
      centreCrop: { ...centreCrop, rounding: 'half-even' },
    });
  });

  it('has each published variant that its texts name', () => {
    const names = readCatalogue().map(({ name }) => name);
    const named = readCatalogue().flatMap(({ published }) => /^[\w-]+(?=:)/.exec(published) ?? []);
    expect(named).toEqual(['resnet-50-published', 'vit-mae-base-published']);
    expect(names).toEqual(expect.arrayContaining(named));
  });

  it('is the table in docs/models.md', () => {
    const page = readFileSync(new URL('../../../docs/models.md', import.meta.url), 'utf8');
    expect(page).toBe(modelsDocument(page, readCatalogue()));
    expect(page).toContain('| `rad-dino` |');
  });

  it('names no file outside a folder and no address outside the hub', () => {
    const template = findTemplate('rad-dino');
    const wrong = [
      { files: { weights: ['../model.safetensors'] } },
      { files: { weights: ['model.safetensors'], tokenizer: ['a/b'] } },
      { files: { weights: ['model.safetensors'], config: '..' } },
      { hub: { repository: '../../api' } },
      { hub: { repository: 'a/../b' } },
      { hub: { repository: 'owner/name?x' } },
    ];
    const file = join(mkdtempSync(join(tmpdir(), 'semblance-template-')), 'own.json');
    writeFileSync(file, JSON.stringify(template));
    expect(findTemplate(file)).toEqual(template);
    for (const change of wrong) {
      writeFileSync(file, JSON.stringify({ ...template, ...change }));
      expect(() => findTemplate(file)).toThrow(
        expect.objectContaining({ code: 'ENCODER_INVALID' }) as Error,
      );
    }
    rmSync(dirname(file), { recursive: true });
  });

  it('gives a relative no name that another encoder has', () => {
    expect(relativeOf('rad-dino', 'ours')).toMatchObject({ name: 'ours', architecture: 'dinov2' });
    for (const name of ['resnet-50', 'baseline', '../x', 'a b']) {
      expect(() => relativeOf('rad-dino', name)).toThrow(
        expect.objectContaining({ code: 'USAGE' }) as Error,
      );
    }
  });
});
