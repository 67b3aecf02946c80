import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SemblanceError } from '../../domain/errors/error.ts';
import { hasGoldens } from '../../testing/golden-encoder.ts';
import { sharedPath } from '../../testing/shared.ts';
import { openCheckpoint } from '../checkpoints/open.ts';
import type { TensorSource } from '../checkpoints/tensor-source.ts';
import type { Architecture, Tower } from './architecture.ts';
import { ARCHITECTURES, type ArchitectureName } from './architectures/index.ts';
import { locateTower } from './locate.ts';

interface Case {
  name: ArchitectureName;
  folder: string;
  file: string;
  config?: string;
  settings?: Record<string, unknown>;
  side: number;
  asPublished?: boolean;
}

const SAM_SETTINGS = {
  ...{ depth: 4, heads: 2, window: 4, global: [1, 3], width: 32, inner: 64, output: 24 },
  ...{ image: 160, patch: 16 },
};
const CASES: Case[] = [
  { name: 'vit', folder: 'vit', file: 'model.safetensors', side: 64 },
  { name: 'vit-mae', folder: 'vit-mae', file: 'model.safetensors', side: 64 },
  { name: 'dinov2', folder: 'dinov2', file: 'model.safetensors', side: 224 },
  { name: 'dinov2', folder: 'dinov2-swiglu', file: 'model.safetensors', side: 56 },
  { name: 'clip', folder: 'clip-transformers', file: 'model.safetensors', side: 56 },
  {
    name: 'open-clip',
    folder: 'clip-openclip',
    file: 'open_clip_model.safetensors',
    config: 'open_clip_config.json',
    side: 56,
  },
  { name: 'siglip', folder: 'siglip', file: 'model.safetensors', side: 56 },
  {
    name: 'biomedclip',
    folder: 'biomedclip',
    file: 'open_clip_pytorch_model.bin',
    config: 'open_clip_config.json',
    settings: {
      text_config: {
        ...{ num_attention_heads: 4, num_hidden_layers: 2, hidden_size: 32 },
        ...{ intermediate_size: 64, vocab_size: 119, max_position_embeddings: 64 },
        type_vocab_size: 2,
      },
    },
    side: 160,
  },
  { name: 'medclip', folder: 'medclip', file: 'pytorch_model.bin', side: 224 },
  { name: 'sam', folder: 'sam', file: 'model.safetensors', side: 160 },
  {
    name: 'segment-anything',
    folder: 'medsam',
    file: 'medsam_vit_b.pth',
    config: '',
    settings: SAM_SETTINGS,
    side: 160,
  },
  { name: 'resnet', folder: 'resnet', file: 'model.safetensors', side: 97 },
  { name: 'resnet', folder: 'resnet', file: 'model.safetensors', side: 97, asPublished: true },
];

/** A view of a checkpoint with names taken away, changed or added. */
function view(
  source: TensorSource,
  { without, rename = (name) => name }: { without?: string; rename?: (name: string) => string },
): TensorSource {
  const names = new Map(
    source.names().flatMap((name) => (name === without ? [] : [[rename(name), name] as const])),
  );
  const of = (name: string) => names.get(name) ?? '';
  return {
    path: source.path,
    names: () => [...names.keys()],
    info: (name) => source.info(of(name)),
    floats: (name) => source.floats(of(name)),
    close: () => undefined,
  };
}

/** Two checkpoints in one. */
function both(a: TensorSource, b: TensorSource): TensorSource {
  const of = (name: string) => (a.info(name) === undefined ? b : a);
  return {
    ...a,
    names: () => [...new Set([...a.names(), ...b.names()])],
    info: (name) => of(name).info(name),
    floats: (name) => of(name).floats(name),
  };
}

/** The same tensors with other values. */
const shifted = (source: TensorSource): TensorSource => ({
  ...source,
  floats: (name) => source.floats(name).map((value) => value + 1),
});

function outcome(run: () => unknown): string {
  try {
    run();
    return 'whole';
  } catch (error) {
    if (!(error instanceof SemblanceError)) throw error;
    return `${error.code} ${error.subject === undefined ? 'no file' : ''}${error.message}`;
  }
}

describe.skipIf(!hasGoldens)('the tensors of a tower', () => {
  describe.each(CASES)('$name, $folder', (test) => {
    const architecture: Architecture = ARCHITECTURES[test.name];
    const towers: Tower[] = architecture.text === undefined ? ['vision'] : ['vision', 'text'];
    const root = sharedPath(`goldens/encoders/${test.folder}/checkpoint/`);
    let source: TensorSource;
    let config: Record<string, unknown>;
    beforeAll(() => {
      source = openCheckpoint(root + test.file);
      const { config: file = 'config.json', settings } = test;
      config = {
        ...settings,
        ...(file === '' ? {} : JSON.parse(readFileSync(root + file, 'utf8'))),
      };
    });
    afterAll(() => source.close());
    const options = () => ({
      image: { width: test.side, height: test.side },
      config,
      asPublished: test.asPublished ?? false,
    });
    const find = (tower: Tower, from = source, more = {}) =>
      locateTower(architecture, tower, from, { ...options(), ...more });

    it('are found whole, and nothing has to be told', () => {
      for (const tower of towers) {
        const { notes, used } = find(tower);
        expect(notes).toEqual([]);
        expect(used.size).toBeGreaterThan(10);
      }
    });

    it('lack any one, and that one is named', () => {
      for (const tower of towers) {
        for (const name of find(tower).used) {
          const said = outcome(() => find(tower, view(source, { without: name })));
          expect(said).toMatch(/^CHECKPOINT_INCOMPLETE 1 missing/);
          expect(said).toContain(` ${name}.`);
        }
      }
    });

    it('lack all of them', () => {
      for (const tower of towers) {
        const empty = view(source, { rename: (name) => `x${name.replaceAll('.', '-')}` });
        expect(outcome(() => find(tower, empty))).toMatch(
          /^CHECKPOINT_INCOMPLETE .*It has \d+ others/,
        );
      }
    });

    it.each([
      'module.',
      '_orig_mod.',
      'module._orig_mod.',
      'model.',
      'state_dict.model.module.',
      'net.',
      'a.b.c.',
    ])('have names that begin with %s', (prefix) => {
      for (const tower of towers) {
        const { used, notes } = find(tower, view(source, { rename: (name) => prefix + name }));
        expect([...used].sort()).toEqual([...find(tower).used].map((name) => prefix + name).sort());
        expect(notes.join()).toContain('Taken off');
      }
    });

    it('are in a student and its teacher, and the teacher is taken and told', () => {
      const named = (prefix: string, from: TensorSource) =>
        view(from, { rename: (name) => `${prefix}.backbone.${name}` });
      const pair = both(named('student', source), named('teacher', shifted(source)));
      for (const tower of towers) {
        const { used, notes } = find(tower, pair);
        expect([...used].every((name) => name.startsWith('teacher.'))).toBe(true);
        expect(notes.join()).toMatch(/teacher is used/);
      }
    });

    it('are in a student and a damaged teacher, in whose place the student is not taken', () => {
      const named = (prefix: string, from: TensorSource) =>
        view(from, { rename: (name) => `${prefix}.backbone.${name}` });
      const [tower = 'vision'] = towers;
      const used = [...find(tower).used];
      for (const name of [used[0], used[Math.floor(used.length / 2)]] as string[]) {
        const without = view(shifted(source), { without: name });
        const pair = both(named('student', source), named('teacher', without));
        expect(outcome(() => find(tower, pair))).toMatch(/^CHECKPOINT_INCOMPLETE 1 missing/);
      }
    });

    it('are there but for one, which a lone tensor elsewhere does not hide', () => {
      const tower = towers.at(-1) as Tower;
      for (const name of find(tower).used) {
        const lone = view(shifted(source), {
          rename: (one) => (one === name ? `ema.${one}` : one),
        });
        expect(outcome(() => find(tower, lone))).toMatch(/^CHECKPOINT_INCOMPLETE 1 missing/);
      }
    });

    it('are there twice with other values, and one must be chosen', () => {
      const named = (prefix: string, from: TensorSource) =>
        view(from, { rename: (name) => prefix + name });
      for (const [a, b] of [
        ['model.', 'ema.'],
        ['', 'model_ema.'],
        ['', 'module.'],
      ] as const) {
        const pair = both(named(a, source), named(b, shifted(source)));
        for (const tower of towers) {
          expect(outcome(() => find(tower, pair))).toMatch(/^CHECKPOINT_AMBIGUOUS/);
          if (b === 'module.') continue;
          const { used } = find(tower, pair, { prefix: b });
          expect([...used].every((name) => name.startsWith(b))).toBe(true);
        }
        // The same twice is no matter.
        const twins = both(named(a, source), named(b, source));
        for (const tower of towers) expect(outcome(() => find(tower, twins))).toBe('whole');
      }
    });

    it('have another shape, type or no value', () => {
      for (const tower of towers) {
        for (const name of find(tower).used) {
          const changed = (info: { dtype?: string; shape?: number[] }): TensorSource => ({
            ...source,
            info: (one) => {
              const known = source.info(one);
              return known && one === name ? { ...known, ...info } : known;
            },
          });
          const { shape = [] } = source.info(name) ?? {};
          const larger = [...shape.slice(0, -1), (shape.at(-1) as number) + 1];
          const empty = [0, ...shape.slice(1)];
          for (const other of [larger, empty, [...shape, 1]]) {
            const said = outcome(() => find(tower, changed({ shape: other })));
            expect(said).toMatch(/^CHECKPOINT_INCOMPLETE/);
            expect(said).toContain(name);
          }
          for (const dtype of ['I8', 'I64', 'BOOL', 'F8_E4M3', 'F4', 'C64', 'QINT8', 'SPARSE']) {
            const said = outcome(() => find(tower, changed({ dtype })));
            expect(said).toMatch(/^CHECKPOINT_UNSUPPORTED/);
            expect(said).toContain(`${name} (${dtype}`);
          }
        }
      }
    }, 60_000);

    it('have a further layer, which the configuration does not promise', () => {
      const numbered = [...find('vision').used].filter((name) =>
        /(^|\.)(layers?|blocks|resblocks|stages)\.\d+\./.test(name),
      );
      const last = numbered.at(-1) as string;
      const further = last.replace(
        /(^|\.)(layers?|blocks|resblocks|stages)\.(\d+)\./,
        (_, dot, word, n) => `${dot}${word}.${Number(n) + 1}.`,
      );
      const more = both(
        source,
        view(source, { rename: (name) => (name === last ? further : name) }),
      );
      const said = outcome(() => find('vision', more));
      expect(said).toMatch(/^CHECKPOINT_UNSUPPORTED/);
      expect(said).toContain(further);
    });
  });
});
