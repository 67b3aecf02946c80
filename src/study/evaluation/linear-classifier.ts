import { Session, type Tensor } from '../../runtime/session.ts';
import { type Embeddings, takeRows } from '../exchange/kept-embeddings.ts';
import { probabilitiesGraph } from './linear-probe-graph.ts';

/** Images that are classified together. */
const BATCH = 512;

/** What each row of a matrix is multiplied with to have length 1, as the study stores embeddings. */
export function unitScales(dimension: number, values: Float32Array): Float64Array {
  return Float64Array.from({ length: values.length / dimension }, (_, row) => {
    let sum = 0;
    for (let at = row * dimension; at < (row + 1) * dimension; at++) {
      sum += (values[at] as number) ** 2;
    }
    return 1 / Math.sqrt(sum);
  });
}

/**
 * Rows of a matrix as a batch for the graphs, each with a 1 behind it.
 * @param scales of all rows: made once, because every epoch takes all of them
 * @param room for the batch; the next one may have it too, which spares the system new pages
 */
export function batchOf(
  values: Float32Array,
  scales: Float64Array,
  rows: Int32Array,
  room: Float32Array,
): Tensor {
  const dimension = values.length / scales.length;
  const width = dimension + 1;
  const data = room.subarray(0, rows.length * width);
  for (let i = 0, to = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const scale = scales[row] as number;
    const end = (row + 1) * dimension;
    for (let at = row * dimension; at < end; at++, to++) data[to] = (values[at] as number) * scale;
    data[to++] = 1;
  }
  return { dims: [rows.length, width], data };
}

/** First of the largest values of each row. */
export function argmax(values: Float32Array, width: number): Int32Array {
  return Int32Array.from({ length: values.length / width }, (_, i) => {
    let best = 0;
    for (let c = 1; c < width; c++) {
      if ((values[i * width + c] as number) > (values[i * width + best] as number)) best = c;
    }
    return best;
  });
}

/** Linear classifiers of some embeddings: what the weights of a probe say of images. */
export class LinearClassifier {
  /** Of a batch. */
  private readonly room: Float32Array;

  private constructor(
    private readonly session: Session,
    private readonly embeddings: Embeddings,
    private readonly classes: number,
  ) {
    this.room = new Float32Array(BATCH * (embeddings.dimension + 1));
  }

  static async load(
    embeddings: Embeddings,
    classes: number,
    { threads }: { threads?: number | undefined } = {},
  ): Promise<LinearClassifier> {
    const graph = probabilitiesGraph(classes, embeddings.dimension + 1);
    const session = await Session.load(graph, threads === undefined ? {} : { threads });
    return new LinearClassifier(session, embeddings, classes);
  }

  /**
   * Probabilities of the classes for some images, batch by batch: only a batch is in memory.
   * @param rows of the embeddings
   * @param weights classes x (dimension + 1)
   * @returns images x classes of each batch
   */
  async *batches(rows: Int32Array, weights: Float32Array): AsyncGenerator<Float32Array> {
    const { dimension } = this.embeddings;
    const classifier = { dims: [this.classes, dimension + 1], data: weights };
    for (let at = 0; at < rows.length; at += BATCH) {
      const values = takeRows(this.embeddings, rows.subarray(at, at + BATCH));
      const scales = unitScales(dimension, values);
      const x = batchOf(values, scales, Int32Array.from(scales.keys()), this.room);
      const { probabilities } = await this.session.run({ x, weights: classifier });
      yield probabilities?.data as Float32Array;
    }
  }

  /** Probabilities of the classes for some images, images x classes. */
  async classify(rows: Int32Array, weights: Float32Array): Promise<Float32Array> {
    const out = new Float32Array(rows.length * this.classes);
    let at = 0;
    for await (const batch of this.batches(rows, weights)) {
      out.set(batch, at);
      at += batch.length;
    }
    return out;
  }

  /** Frees the graph. */
  async release(): Promise<void> {
    await this.session.release();
  }
}
