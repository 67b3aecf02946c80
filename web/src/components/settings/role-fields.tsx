import type { CollectionSummary } from '../../../../src/contract/shapes.ts';
import { EVERY_COLLECTION, type Role, type Roles } from '../../../../src/domain/roles.ts';
import type { RoleChange } from '../../api.ts';
import { ChoiceField } from '../connect/fields.tsx';

/** A role and where it holds, as they are chosen. */
export interface ChosenRole {
  role: Role | 'none';
  where: string;
}

export const NO_ROLE: ChosenRole = { role: 'viewer', where: EVERY_COLLECTION };

const ROLES = [
  ['viewer', 'Viewer: looks and searches'],
  ['editor', 'Editor: changes what collections hold, too'],
  ['admin', 'Admin: all that there is'],
] as const;

/** What is sent of a chosen role. */
export function roleChange({ role, where }: ChosenRole): RoleChange {
  return { role, ...(where !== EVERY_COLLECTION && { collections: [where] }) };
}

/** Roles for people to read. */
export function rolesText(roles: Roles): string {
  const each = Object.entries(roles).map(([name, role]) =>
    name === EVERY_COLLECTION ? `${role} of every collection` : `${role} of ${name}`,
  );
  return each.join(', ') || 'no role';
}

/** Chooses a role, and where it holds. */
export function RoleFields(props: {
  collections: readonly CollectionSummary[];
  chosen: ChosenRole;
  set: (chosen: ChosenRole) => void;
  /** Whether a role may be taken away. */
  none?: boolean;
}) {
  const { collections, chosen, set, none = false } = props;
  return (
    <div className="form-pair">
      <ChoiceField
        label="Role"
        testId="role"
        choices={none ? [...ROLES, ['none', 'None: the role there ends']] : ROLES}
        value={chosen.role}
        set={(role) => set({ ...chosen, role: role as ChosenRole['role'] })}
      />
      <ChoiceField
        label="In"
        testId="where"
        choices={[
          [EVERY_COLLECTION, 'Every collection'],
          ...collections.map(({ name }) => [name, name] as const),
        ]}
        value={chosen.where}
        set={(where) => set({ ...chosen, where })}
      />
    </div>
  );
}
