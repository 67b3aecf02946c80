import { describe, expect, it } from 'vitest';
import { Session } from '../session.ts';
import { GraphBuilder } from './graph-builder.ts';

describe('GraphBuilder', () => {
  it('writes a graph that onnxruntime loads and computes', async () => {
    const g = new GraphBuilder('scores');
    const queries = g.input('queries', 'float', ['q', 3]);
    const rows = g.floats([1, 0, 0, 0, 2, 0], [2, 3]);
    const scores = g.node('Gemm', [queries, rows], { transB: 1, alpha: { float: 1 } });
    g.multi('TopK', [scores, g.ints([1])], ['values', 'indices'], { axis: 1 });
    g.output('values', 'float', ['q', 1]);
    g.output('indices', 'int64', ['q', 1]);
    const session = await Session.load(g.build());
    const out = await session.run({
      queries: { dims: [2, 3], data: Float32Array.from([5, 1, 9, 1, 1, 1]) },
    });
    expect(out.values?.data).toEqual(Float32Array.from([5, 2]));
    expect(out.indices?.data).toEqual(BigInt64Array.from([0n, 1n]));
    await session.release();
  });
});
