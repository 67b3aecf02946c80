import type { PlaceMap } from '../../domain/explanation.ts';
import type { TokenGrid } from '../../encoding/encoders/patch-features.ts';
import { GraphBuilder } from '../../runtime/onnx/graph-builder.ts';
import { Session, type Tensor } from '../../runtime/session.ts';

/** Best cosine similarity of every row of either side with a row of the other. */
function matchGraph(width: number): Uint8Array {
  const g = new GraphBuilder('token_matches');
  const unit = (name: string) =>
    g.node('LpNormalization', [g.input(name, 'float', [`${name}s`, width])], { axis: 1, p: 2 });
  const query = unit('query');
  const result = unit('result');
  const cosines = g.node('MatMul', [query, g.node('Transpose', [result], { perm: [1, 0] })]);
  for (const [name, axis] of [
    ['best_of_query', 1],
    ['best_of_result', 0],
  ] as const) {
    g.node('ReduceMax', [cosines, g.ints([axis])], { keepdims: 0 }, { output: name });
    g.output(name, 'float', [name]);
  }
  return g.build();
}

/** The tokens of the places that are no padding. */
function seen({ data, width }: TokenGrid, { values }: PlaceMap): Tensor {
  const places = values.flatMap((value, place) => (value === null ? [] : [place]));
  const rows = new Float32Array(places.length * width);
  places.forEach((place, i) => {
    rows.set(data.subarray(place * width, (place + 1) * width), i * width);
  });
  return { dims: [places.length, width], data: rows };
}

/**
 * For each place of two pictures, the cosine similarity of its token with the most similar one of the
 * other picture.
 * @param query tokens, and the map whose places that are not null take part
 * @returns values for those places, in their order
 */
export async function bestMatches(
  query: { tokens: TokenGrid; map: PlaceMap },
  result: { tokens: TokenGrid; map: PlaceMap },
): Promise<{ query: Float32Array; result: Float32Array }> {
  const session = await Session.load(matchGraph(query.tokens.width));
  try {
    const found = await session.run({
      query: seen(query.tokens, query.map),
      result: seen(result.tokens, result.map),
    });
    return {
      query: found.best_of_query?.data as Float32Array,
      result: found.best_of_result?.data as Float32Array,
    };
  } finally {
    await session.release();
  }
}
