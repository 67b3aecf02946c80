import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { OpenIdOptions, ProvidedRole } from '../app/openid.ts';
import { SemblanceError, toSemblanceError } from '../domain/errors/error.ts';
import { ROLES } from '../domain/roles.ts';
import { collect } from './output.ts';

/** What this server shows to the provider, where no file says it. */
const SECRET_VARIABLE = 'SEMBLANCE_OIDC_SECRET';

/** By which provider of OpenID Connect one may log in. */
export interface OpenIdCommandOptions {
  oidcIssuer?: string;
  oidcClient?: string;
  oidcSecretFile?: string;
  oidcName?: string;
  oidcScope: string[];
  oidcUserClaim?: string;
  oidcRoleClaim?: string;
  oidcRole: string[];
  oidcAudience: string[];
  oidcRedirect?: string;
}

/** Adds the options of a provider. */
export function withOpenIdOptions(command: Command): Command {
  return command
    .option('--oidc-issuer <url>', 'OpenID Connect provider by which one may log in')
    .option('--oidc-client <id>', 'what it calls this server (client ID)')
    .option(
      '--oidc-secret-file <file>',
      `file with the secret of this client; by default $${SECRET_VARIABLE}, else none`,
    )
    .option('--oidc-name <text>', 'what the page calls it; by default its host name')
    .option(
      '--oidc-scope <scope>',
      'what it is asked for beside openid; can be repeated; profile by default',
      collect,
      [],
    )
    .option('--oidc-user-claim <name>', 'claim with the name of a user', 'preferred_username')
    .option(
      '--oidc-role-claim <name>',
      'claim that roles come from, as groups or realm_access.roles',
      'groups',
    )
    .option(
      '--oidc-role <value=role>',
      'role for whom the claim names so, or for all with *: readers=viewer, chest-team=editor@chest; can be repeated',
      (text: string, before: string[]) => {
        providedRole(text);
        return collect(text, before);
      },
      [],
    )
    .option(
      '--oidc-audience <name>',
      'whom a token may be for beside this client; can be repeated',
      collect,
      [],
    )
    .option(
      '--oidc-redirect <url>',
      'address of the page as the provider knows it; by default as browsers ask for it',
    );
}

/** @throws SemblanceError USAGE */
function providedRole(text: string): ProvidedRole {
  // A value may have the sign itself, as names of a directory do.
  const [, value = '', name, collection] = /^(.+)=([a-z]+)(?:@(.+))?$/.exec(text) ?? [];
  const role = ROLES.find((each) => each === name);
  if (role !== undefined) return { value, role, ...(collection && { collection }) };
  const why = `It is no value=role or value=role@collection, with ${ROLES.join(', ')}.`;
  throw new SemblanceError('USAGE', why, { subject: text });
}

/**
 * The provider, where there is one.
 * @throws SemblanceError USAGE and those of reading a file
 */
export function openIdOptions(options: OpenIdCommandOptions): OpenIdOptions | undefined {
  const { oidcIssuer: issuer, oidcClient: client, oidcSecretFile: file, oidcRole } = options;
  if (issuer === undefined && client === undefined) return undefined;
  if (issuer === undefined || client === undefined || oidcRole.length === 0) {
    throw new SemblanceError('USAGE', '--oidc-issuer, --oidc-client and --oidc-role go together.');
  }
  return {
    ...{ issuer, client, name: options.oidcName, roles: oidcRole.map(providedRole) },
    secret: file === undefined ? process.env[SECRET_VARIABLE] || undefined : read(file),
    scopes: options.oidcScope.length > 0 ? options.oidcScope : ['profile'],
    ...{ userClaim: options.oidcUserClaim, roleClaim: options.oidcRoleClaim },
    ...{ audiences: options.oidcAudience, redirect: options.oidcRedirect },
  };
}

/** @throws SemblanceError PATH_NOT_FOUND and others of reading a file */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw toSemblanceError(error, file);
  }
}
