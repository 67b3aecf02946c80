/** A place in a series of images, and how many there are. */
export interface Place {
  at: number;
  total: number;
}

/** The place within the series that is nearest to one. */
export function within(at: number, total: number): number {
  return Math.min(total - 1, Math.max(0, Math.round(at)));
}

/**
 * The place in another series that goes with one: the two that belong together stay together, and so do the ends;
 * between them it is at the same part of the way.
 * @param to where the first series goes, from 0
 * @param pair the places of both that belong together
 */
export function follow(to: number, pair: readonly [Place, Place]): number {
  const [{ at, total }, other] = pair;
  const [from, end] = to < at ? [at, 0] : [at, total - 1];
  const share = end === from ? 0 : (to - from) / (end - from);
  const otherEnd = to < at ? 0 : other.total - 1;
  return within(other.at + share * (otherEnd - other.at), other.total);
}

/** Turns of a wheel, in CSS pixels, as whole steps; what is left over counts with the next turn. */
export function wheelSteps(turned: number): { steps: number; rest: number } {
  const steps = Math.trunc(turned / WHEEL_STEP);
  return { steps, rest: turned - steps * WHEEL_STEP };
}

/** Less than a notch of any wheel, and more than a trembling finger. */
const WHEEL_STEP = 40;
