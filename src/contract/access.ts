import { z } from 'zod';
import { ROLES } from '../domain/roles.ts';

const RolesSchema = z.record(z.string(), z.enum(ROLES)).meta({
  description: 'Roles by collection; * stands for every collection',
});
const time = z.number().int();

/** Somebody who may log in; times are Unix times in milliseconds. */
export const UserSchema = z.object({
  name: z.string(),
  roles: RolesSchema,
  disabled: z.boolean(),
  created: time,
  provider: z.string().nullable().meta({
    description:
      'Issuer of the OpenID Connect provider by which he logs in, and which says what he may do; null where by a password',
  }),
});
export type User = z.infer<typeof UserSchema>;
export const UsersSchema = z.object({ users: z.array(UserSchema) });

/** What somebody is to be allowed to do; `none` takes a role away, and without collections it holds in every one. */
export const RoleChangeShape = {
  role: z.enum([...ROLES, 'none']),
  collections: z.array(z.string().max(64)).max(1000).optional(),
};

/** Who asks the server, and whether it has to know. */
export const SessionSchema = z
  .object({
    required: z.boolean().meta({ description: 'Whether nothing is answered to strangers' }),
    user: z.string().nullable().meta({ description: 'Who is logged in' }),
    roles: RolesSchema.nullable().meta({
      description: 'What whoever asks may do; null where everybody may do all',
    }),
    open: z.boolean().meta({
      description: 'Whether others reach the server and nobody is asked who he is',
    }),
    provider: z.string().nullable().meta({
      description: 'What the OpenID Connect provider is called by which one may log in, too',
    }),
    provided: z.boolean().meta({
      description: 'Whether who is logged in came by a provider, and has no password here',
    }),
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof SessionSchema>;

/** A place where somebody is logged in; times are Unix times in milliseconds. */
export const OwnSessionSchema = z.object({
  id: z.number().int(),
  begun: time,
  used: time.meta({ description: 'When it was last used, to a minute' }),
  browser: z.string().nullable().meta({
    description: 'What kind of browser it is, as it says itself; null where it is not known',
  }),
  current: z.boolean().meta({ description: 'Whether it is the one that asks' }),
});
export type OwnSession = z.infer<typeof OwnSessionSchema>;
export const OwnSessionsSchema = z.object({
  sessions: z.array(OwnSessionSchema).meta({ description: 'The last one first' }),
});

/** Where a browser goes to log in by a provider, or to log out there, too. */
export const ProviderAddressSchema = z.object({ url: z.string() });

/** A key for programs, without its secret; times are Unix times in milliseconds. */
export const ApiKeySchema = z.object({
  id: z.number().int(),
  name: z.string().meta({ description: 'What it is for' }),
  roles: RolesSchema,
  created: time,
  ends: time,
});
export type ApiKey = z.infer<typeof ApiKeySchema>;
export const ApiKeysSchema = z.object({ keys: z.array(ApiKeySchema) });

/** A key that was made; its secret is told this once. */
export const NewApiKeySchema = ApiKeySchema.extend({ secret: z.string() });
export type NewApiKey = z.infer<typeof NewApiKeySchema>;
