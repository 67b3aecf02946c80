import { SemblanceError } from '../../domain/errors/error.ts';
import { randomFrom } from '../../domain/random.ts';
import { storedDescription } from '../../encoding/encoders/stored-description.ts';
import type { LabelledRows } from '../../store/labelled-rows.ts';
import type { StoredEncoder } from '../../store/records.ts';

/** Queries of one role, and whose they are in words. */
export interface RoleImages {
  name: string;
  rows: LabelledRows;
}

/** Images that are searched in, and who searches. */
export interface Roles {
  index: LabelledRows;
  fit: RoleImages;
  choose: RoleImages;
  measure: RoleImages | null;
}

/** Patients drawn for a role; further ones would cost time and change little. */
const MOST_QUERIES = 5000;
/** Fewer queries say nothing. */
const FEWEST_QUERIES = 20;
const SEED = 6;

/** Rows of a number of groups of patients, in the order of their ids; the groups have given shares of them. */
function divide(rows: LabelledRows, shares: readonly number[]): LabelledRows[] {
  const { count, of } = rows.patients();
  const patients = Uint32Array.from({ length: count }, (_, i) => i);
  const random = randomFrom(SEED);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [patients[i], patients[j]] = [patients[j] as number, patients[i] as number];
  }
  const groupOf = new Uint8Array(count).fill(shares.length);
  let at = 0;
  for (const [group, share] of shares.entries()) {
    const end = at + Math.round(share * count);
    for (const patient of patients.subarray(at, end)) groupOf[patient] = group;
    at = end;
  }
  return shares.map((_, group) => rows.filter((i) => groupOf[of[i] as number] === group));
}

/**
 * Who is searched with for what. With the parts train and val, the probabilities are fitted on train, each
 * image searched among the other patients of train, the thresholds chosen on val, and all measured
 * on test. An adapted encoder knows the labels of train, so half of val's patients take the place of train.
 * Without parts, the patients are divided at random, and all images are searched in.
 * @throws SemblanceError CALIBRATION_IMPOSSIBLE, ENCODER_DAMAGED
 */
export function rolesOf(rows: LabelledRows, encoder: StoredEncoder): Roles {
  const [train, val, test] = [rows.part('train'), rows.part('val'), rows.part('test')];
  const parted = train.length > 0 && val.length > 0;
  const adapted = storedDescription(encoder).kind === 'adapted';
  const roles = ((): Roles => {
    if (parted) {
      const measure = test.length === 0 ? null : { name: 'test', rows: test };
      const index = train;
      if (!adapted) {
        const fit = { name: 'train', rows: train };
        return { index, fit, choose: { name: 'val', rows: val }, measure };
      }
      const [one, other] = divide(val, [0.5, 0.5]) as [LabelledRows, LabelledRows];
      const name = "half of val's patients";
      return {
        index,
        fit: { name, rows: one },
        choose: { name: `other ${name}`, rows: other },
        measure,
      };
    }
    if (adapted) {
      throw new SemblanceError(
        'CALIBRATION_IMPOSSIBLE',
        'The encoder was adapted to the labels of all images, and there is no part val to calibrate on.',
        { subject: encoder.name },
      );
    }
    const [fit, choose, measure] = divide(rows, [0.5, 0.25, 0.25]) as [
      LabelledRows,
      LabelledRows,
      LabelledRows,
    ];
    const name = (share: string) => `${share} of the patients, drawn at random`;
    return {
      index: rows,
      fit: { name: name('half'), rows: fit },
      choose: { name: name('a quarter'), rows: choose },
      measure: { name: name('a quarter'), rows: measure },
    };
  })();
  for (const role of [roles.fit, roles.choose, roles.measure]) {
    if (role === null) continue;
    if (role.rows.length < FEWEST_QUERIES) {
      throw new SemblanceError(
        'CALIBRATION_IMPOSSIBLE',
        `There are ${role.rows.length} labelled images (${role.name}); ${FEWEST_QUERIES} are needed.`,
      );
    }
    if (role.rows.length > MOST_QUERIES) {
      role.rows = divide(role.rows, [MOST_QUERIES / role.rows.length])[0] as LabelledRows;
    }
  }
  return roles;
}
