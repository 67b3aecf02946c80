import { Session, type Tensor } from '../../runtime/session.ts';
import { type AdamW, trainingStepGraph } from './linear-probe-graph.ts';

/** What the next step of a training begins with: classes x (dimension + 1) each. */
export interface TrainerState {
  weights: Float32Array;
  /** AdamW's averages of the gradient and of its square. */
  mean: Float32Array;
  square: Float32Array;
}

/** The weights and AdamW's averages, moved on batch by batch. */
export class ProbeTrainer {
  private mean: Tensor;
  private square: Tensor;
  private steps = 0;
  /** Where the next step writes; those that it begins with take their place after it. */
  private spare: Record<'weights' | 'mean' | 'square', Tensor>;

  private constructor(
    private readonly session: Session,
    private readonly adam: AdamW,
    /** classes x width, as they are now; the second next step writes over them. */
    public weights: Tensor,
  ) {
    const zeros = () => ({ dims: weights.dims, data: new Float32Array(weights.data.length) });
    this.mean = zeros();
    this.square = zeros();
    this.spare = { weights: zeros(), mean: zeros(), square: zeros() };
  }

  /** @param weights classes x width to begin with; see `trainingStepGraph` */
  static async begin(
    weights: Tensor,
    adam: AdamW,
    options: { threads?: number } = {},
  ): Promise<ProbeTrainer> {
    const [classes, width] = weights.dims as [number, number];
    const session = await Session.load(trainingStepGraph(classes, width, adam), options);
    return new ProbeTrainer(session, adam, weights);
  }

  /**
   * One step on a batch.
   * @param x [n, width] with a last column of 1
   * @returns the batch's loss before the step
   */
  async step(x: Tensor, labels: Int32Array): Promise<number> {
    this.steps += 1;
    const { learningRate, beta1, beta2 } = this.adam;
    const scalar = (value: number) => ({ dims: [1], data: Float32Array.of(value) });
    const { weights, mean, square, spare } = this;
    const loss = scalar(0);
    await this.session.runInto(
      {
        ...{ x, weights, mean, square },
        labels: { dims: [labels.length], data: BigInt64Array.from(labels, BigInt) },
        share: scalar(1 / labels.length),
        rate: scalar(learningRate / (1 - beta1 ** this.steps)),
        root: scalar(Math.sqrt(1 - beta2 ** this.steps)),
      },
      { new_weights: spare.weights, new_mean: spare.mean, new_square: spare.square, loss },
    );
    Object.assign(this, spare);
    this.spare = { weights, mean, square };
    return loss.data[0] as number;
  }

  /** What the next step begins with. */
  get state(): TrainerState {
    const copy = ({ data }: Tensor) => Float32Array.from(data as Float32Array);
    return {
      weights: copy(this.weights),
      mean: copy(this.mean),
      square: copy(this.square),
    };
  }

  /** Goes on behind the steps of another trainer. */
  resume({ weights, mean, square }: TrainerState, steps: number): void {
    const { dims } = this.weights;
    this.weights = { dims, data: weights };
    this.mean = { dims, data: mean };
    this.square = { dims, data: square };
    this.steps = steps;
  }

  /** Frees the graph. */
  async release(): Promise<void> {
    await this.session.release();
  }
}
