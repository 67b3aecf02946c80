import { type Architecture, type BuildOptions, numberOf, type Vision } from '../architecture.ts';
import { interpolatePositions } from '../interpolate.ts';
import type { Activation, Grid, Net } from '../net.ts';
import { type BlockNames, type BlockSettings, block } from '../transformer.ts';

/** Names of the blocks of transformers' ViT, ViT-MAE and DINOv2 share these spellings. */
const RENAMES = [
  [/^(vit|dinov2)\./, ''],
  [/^encoder\.layer\./, 'layers.'],
  [/^encoder\.layers\./, 'layers.'],
  [
    /\.attention\.attention\.(query|key|value)\./,
    (_: string, part: string) => `.attention.${part[0]}_proj.`,
  ],
  [/\.attention\.output\.dense\./, '.attention.o_proj.'],
  [/\.intermediate\.dense\./, '.mlp.fc1.'],
  [/\.output\.dense\./, '.mlp.fc2.'],
  [/\.mlp\.weights_in\./, '.mlp.gate_up_proj.'],
  [/\.mlp\.weights_out\./, '.mlp.down_proj.'],
] as const;

/** Adds a class token and positions; the table is interpolated when the grid is another one. */
export function embedPatches(
  net: Net,
  pixels: string,
  image: Grid,
  names: { patches: string; positions: string; classToken: string },
): { tokens: string; grid: Grid; classToken: Float32Array; width: number } {
  const { g } = net;
  const { tokens, grid, width } = net.patches(pixels, names.patches, image);
  const [, places] = net.shape(names.positions, 3) as [number, number, number];
  const table = net.values(names.positions, [1, places, width]);
  const side = Math.round(Math.sqrt(places - 1));
  const positions = interpolatePositions(
    table.subarray(width),
    { width: side, height: side },
    grid,
    width,
  );
  const classToken = net.values(names.classToken, [1, 1, width]);
  return {
    tokens: g.node('Add', [tokens, g.floats(positions, [1, grid.width * grid.height, width])]),
    grid,
    // The class token's own position belongs to it alone.
    classToken: classToken.map((value, i) => value + (table[i] as number)),
    width,
  };
}

/** Names of layer `n`. */
function layerNames(net: Net, n: number): BlockNames {
  const at = `layers.${n}`;
  const isDino = net.has(`${at}.norm1.weight`);
  const mlp: BlockNames['mlp'] = net.has(`${at}.mlp.gate_up_proj.weight`)
    ? { kind: 'packed-swiglu', gateUp: `${at}.mlp.gate_up_proj`, down: `${at}.mlp.down_proj` }
    : net.has(`${at}.mlp.gate_proj.weight`)
      ? {
          kind: 'swiglu',
          gate: `${at}.mlp.gate_proj`,
          up: `${at}.mlp.up_proj`,
          down: `${at}.mlp.down_proj`,
        }
      : { kind: 'plain', first: `${at}.mlp.fc1`, second: `${at}.mlp.fc2` };
  return {
    norm1: isDino ? `${at}.norm1` : `${at}.layernorm_before`,
    norm2: isDino ? `${at}.norm2` : `${at}.layernorm_after`,
    attention: {
      query: `${at}.attention.q_proj`,
      key: `${at}.attention.k_proj`,
      value: `${at}.attention.v_proj`,
      out: `${at}.attention.o_proj`,
    },
    mlp,
    ...(net.has(`${at}.layer_scale1.lambda1`)
      ? { scale1: `${at}.layer_scale1.lambda1`, scale2: `${at}.layer_scale2.lambda1` }
      : {}),
  };
}

const NAMES = {
  patches: 'embeddings.patch_embeddings.projection',
  positions: 'embeddings.position_embeddings',
  classToken: 'embeddings.cls_token',
};

function settingsOf({ config }: BuildOptions): BlockSettings {
  return {
    heads: numberOf(config, 'num_attention_heads', 12),
    epsilon: numberOf(config, 'layer_norm_eps', 1e-12),
    activation: (config.hidden_act as Activation | undefined) ?? 'gelu',
  };
}

/** All blocks and the final norm; the class token is the embedding, the others are those of the patches. */
function classTokenAfterBlocks(
  net: Net,
  tokens: string,
  options: BuildOptions,
  grid: Grid | undefined,
): Vision {
  const settings = settingsOf(options);
  let x = tokens;
  // Both spellings of the first norm mark a layer.
  const marker = net.has('layers.0.norm1.weight') ? 'norm1' : 'layernorm_before';
  const layers = net.countLayers(`layers.#.${marker}.weight`);
  for (let n = 0; n < layers; n++) x = block(net, x, layerNames(net, n), settings);
  const norm = (value: string) => net.layerNorm(value, 'layernorm', settings.epsilon);
  const embedding = norm(net.tokenAt(x, 0));
  return grid ? { embedding, tokens: { grid, leading: 1, build: () => norm(x) } } : { embedding };
}

/**
 * transformers' ViTModel and Dinov2Model (LayerScale, SwiGLU, positions interpolated to the picture's
 * grid). The embedding is the class token after the final norm.
 */
export const vit: Architecture = {
  renames: RENAMES,
  vision(net, pixels, options) {
    const { tokens, grid, classToken } = embedPatches(net, pixels, options.image, NAMES);
    return classTokenAfterBlocks(net, net.prependToken(tokens, classToken), options, grid);
  },
};

/** Share of the patches that ViT-MAE hides. */
const MASK_RATIO = 0.75;

/**
 * The encoder of transformers' ViTMAEForPreTraining. All patches are seen; the published code hides
 * 75 % of them at random, which `asPublished` reproduces: the graph then takes `noise`
 * [batch, patches] and keeps the patches of the smallest noise, in that order.
 */
export const vitMae: Architecture = {
  renames: RENAMES,
  vision(net, pixels, options) {
    const { g } = net;
    const { tokens, grid, classToken, width } = embedPatches(net, pixels, options.image, NAMES);
    let seen = tokens;
    if (options.asPublished) {
      const patches = grid.width * grid.height;
      const kept = Math.trunc(patches * (1 - MASK_RATIO));
      const noise = g.input('noise', 'float', ['batch', patches]);
      const indices = g.fresh('kept');
      g.multi('TopK', [noise, g.ints([kept])], [g.fresh('noise'), indices], {
        axis: 1,
        largest: 0,
      });
      const batch = g.node('Shape', [noise], { start: 0, end: 1 });
      const shape = g.node('Concat', [batch, g.ints([kept, width])], { axis: 0 });
      const wide = g.node('Expand', [g.node('Unsqueeze', [indices, g.ints([2])]), shape]);
      seen = g.node('GatherElements', [tokens, wide], { axis: 1 });
    }
    // The patches that the published code keeps have lost their places.
    const whole = options.asPublished ? undefined : grid;
    return classTokenAfterBlocks(net, net.prependToken(seen, classToken), options, whole);
  },
};
