/** Shape of a tensor that a configuration promises; -1 is a length that it does not tell. */
export type Shape = readonly number[];

/** What a configuration does not tell. */
export const ANY = -1;

/** Whether a shape is the promised one. */
export function fits(found: Shape, promised: Shape): boolean {
  return (
    found.length === promised.length &&
    promised.every((side, axis) => (side === ANY ? found[axis] !== 0 : side === found[axis]))
  );
}

/**
 * The tensors of a tower as its configuration promises them: names in the spelling of the builder, and
 * their shapes.
 */
export class TensorPlan {
  readonly tensors = new Map<string, Shape>();

  tensor(name: string, ...shape: number[]): this {
    this.tensors.set(name, shape);
    return this;
  }

  /** torch.nn.Linear, a weight of out x inside. */
  linear(prefix: string, out: number, inside: number, bias = true): this {
    this.tensor(`${prefix}.weight`, out, inside);
    return bias ? this.tensor(`${prefix}.bias`, out) : this;
  }

  /** torch.nn.LayerNorm. */
  norm(prefix: string, width: number): this {
    return this.tensor(`${prefix}.weight`, width).tensor(`${prefix}.bias`, width);
  }

  /** torch.nn.Conv2d. */
  conv(
    prefix: string,
    out: number,
    inside: number,
    kernel: { height: number; width: number },
    bias = true,
  ): this {
    this.tensor(`${prefix}.weight`, out, inside, kernel.height, kernel.width);
    return bias ? this.tensor(`${prefix}.bias`, out) : this;
  }
}
