import { type Activation, FUSED, type Net } from './net.ts';

/** Where the weights of an attention lie: three matrices, or one with rows for query, key, value. */
export type AttentionNames =
  | { query: string; key: string; value: string; out: string }
  | { packedWeight: string; packedBias: string; out: string };

/** Names and settings of one block: attention, then a two-layer perceptron, each with a residual. */
export interface BlockNames {
  norm1: string;
  attention: AttentionNames;
  /** LayerScale after attention (DINOv2). */
  scale1?: string;
  norm2: string;
  mlp:
    | { kind: 'plain'; first: string; second: string }
    | { kind: 'swiglu'; gate: string; up: string; down: string }
    | { kind: 'packed-swiglu'; gateUp: string; down: string };
  scale2?: string;
}

/** Settings of all blocks of a transformer. */
export interface BlockSettings {
  heads: number;
  epsilon: number;
  activation: Activation;
  /** A token sees only those before it (text of CLIP). */
  causal?: boolean;
  /** Norms come after the residual (BERT) instead of before the layer. */
  postNorm?: boolean;
  /** Name of an int32 [batch, tokens] value: 1 for tokens, 0 for padding. */
  paddingMask?: string;
}

/** Weight and bias of rows `part` of three of a packed projection, applied. */
function packedPart(
  net: Net,
  x: string,
  names: { packedWeight: string; packedBias: string },
  part: number,
): string {
  const [rows, inside] = net.shape(names.packedWeight, 2) as [number, number];
  const out = rows / 3;
  const weight = net.values(names.packedWeight, [rows, inside]);
  const bias = net.has(names.packedBias) ? net.values(names.packedBias, [rows]) : undefined;
  return net.linearOf(
    x,
    weight.subarray(part * out * inside, (part + 1) * out * inside),
    out,
    inside,
    bias?.slice(part * out, (part + 1) * out),
  );
}

/** Query, key and value of a sequence; key and value may come from another one. */
export function queryKeyValue(
  net: Net,
  names: AttentionNames,
  queries: string,
  others = queries,
): [string, string, string] {
  if ('query' in names) {
    return [
      net.linear(queries, names.query),
      net.linear(others, names.key),
      net.linear(others, names.value),
    ];
  }
  return [
    packedPart(net, queries, names, 0),
    packedPart(net, others, names, 1),
    packedPart(net, others, names, 2),
  ];
}

/**
 * Multi-head attention by onnxruntime's fused operator, with the output projection.
 * @param bias name of a float [1 or batch, heads, tokens, tokens] value added to the scores
 */
export function attention(
  net: Net,
  names: AttentionNames,
  queries: string,
  settings: Pick<BlockSettings, 'heads' | 'causal' | 'paddingMask'> & { bias?: string },
  others = queries,
): string {
  const { g } = net;
  const [q, k, v] = queryKeyValue(net, names, queries, others);
  const inputs = [q, k, v, '', settings.paddingMask ?? '', settings.bias ?? ''];
  while (inputs.at(-1) === '') inputs.pop();
  const attributes = {
    num_heads: settings.heads,
    ...(settings.causal ? { unidirectional: 1 } : {}),
  };
  return net.linear(g.node('MultiHeadAttention', inputs, attributes, FUSED), names.out);
}

/** The perceptron of a block. */
export function mlp(net: Net, x: string, names: BlockNames['mlp'], activation: Activation): string {
  const { g } = net;
  if (names.kind === 'plain') {
    return net.linear(net.activation(net.linear(x, names.first), activation), names.second);
  }
  let gate: string;
  let up: string;
  if (names.kind === 'swiglu') {
    gate = net.linear(x, names.gate);
    up = net.linear(x, names.up);
  } else {
    gate = g.fresh('gate');
    up = g.fresh('up');
    g.multi('Split', [net.linear(x, names.gateUp)], [gate, up], { axis: -1, num_outputs: 2 });
  }
  const silu = g.node('Mul', [gate, g.node('Sigmoid', [gate])]);
  return net.linear(g.node('Mul', [silu, up]), names.down);
}

/** Multiplies by a LayerScale vector, if there is one. */
function scaled(net: Net, x: string, name: string | undefined): string {
  if (name === undefined) return x;
  return net.g.node('Mul', [x, net.tensor(name, net.shape(name, 1))]);
}

/** One transformer block. */
export function block(net: Net, x: string, names: BlockNames, settings: BlockSettings): string {
  const { g } = net;
  const { epsilon } = settings;
  if (settings.postNorm) {
    const attended = attention(net, names.attention, x, settings);
    const middle = net.layerNorm(g.node('Add', [attended, x]), names.norm1, epsilon);
    const after = mlp(net, middle, names.mlp, settings.activation);
    return net.layerNorm(g.node('Add', [after, middle]), names.norm2, epsilon);
  }
  const attended = attention(
    net,
    names.attention,
    net.layerNorm(x, names.norm1, epsilon),
    settings,
  );
  const middle = g.node('Add', [x, scaled(net, attended, names.scale1)]);
  const after = mlp(
    net,
    net.layerNorm(middle, names.norm2, epsilon),
    names.mlp,
    settings.activation,
  );
  return g.node('Add', [middle, scaled(net, after, names.scale2)]);
}
