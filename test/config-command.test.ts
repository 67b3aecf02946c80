import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settingsDocument } from '../src/cli/settings-document.ts';
import type { ShownSettings } from '../src/contract/settings.ts';
import { ShownSettingsSchema } from '../src/contract/settings.ts';
import { run, startServing, temporaryFolder } from './program.ts';

const temporary = temporaryFolder();
const file = join(temporary.path, 'semblance.yaml');
const write = (text: string) => writeFileSync(file, text);
const set: string[] = [];
const environment = (name: string, value: string) => {
  process.env[name] = value;
  set.push(name);
};
const PAGE = fileURLToPath(new URL('../docs/configuration.md', import.meta.url));

beforeAll(() => environment('SEMBLANCE_HOME', join(temporary.path, 'home')));
afterAll(() => {
  for (const name of set) delete process.env[name];
  temporary.remove();
});

async function check(text: string) {
  write(text);
  const { code, stdout } = await run(['--json', 'config', 'check', file]);
  return { code, problems: JSON.parse(stdout).problems as ShownSettings['problems'] };
}

describe('semblance config check', () => {
  it.each([
    ['a typo', 'port: 80\nalow-host: [a]\n', 'alow-host', 2, 'Did you mean "allow-host"'],
    ['a text for a number', 'max-upload: much\n', 'max-upload', 1, 'a whole number above 0'],
    ['a number that cannot be', 'host: a\nport: 70000\n', 'port', 2, 'a port, 0 to 65535'],
    ['a text for a list', 'allow-host: a.example\n', 'allow-host', 1, 'a list of texts'],
    ['what is no choice', 'dicom-web: all\n', 'dicom-web', 1, 'one of uids, patients'],
    ['no truth', 'insecure: "yes"\n', 'insecure', 1, 'true or false'],
    ['what the option refuses', 'allow-origin: ["*"]\n', 'allow-origin', 1, 'origin'],
    ['a name twice', 'port: 1\nport: 2\n', null, 2, 'unique'],
    ['no YAML', 'port: [1\n', null, 2, 'It is no YAML'],
    ['a list', '- port\n', null, 1, 'a name and a value'],
    [
      'a provider without a role',
      'oidc-issuer: https://a.example\noidc-client: b\n',
      null,
      null,
      '--oidc-role go together',
    ],
    ['a certificate without its key', 'https-cert: a.pem\n', null, null, '--https-key go together'],
    ['a port that nothing comes by', 'dimse-port: 104\n', null, null, 'needs --receive'],
    [
      'a secret that is not there',
      'oidc-issuer: https://a.example\noidc-client: b\noidc-role: ["*=viewer"]\noidc-secret-file: /none\n',
      ...([null, null, '/none'] as const),
    ],
  ])('names %s', async (_, text, name, line, says) => {
    const { code, problems } = await check(text);
    expect(code).toBe(1);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ name, line });
    expect(problems[0]?.problem).toContain(says);
  });

  it('names everything that is wrong at once, and a variable that is none', async () => {
    environment('SEMBLANCE_PROT', '1');
    const { problems } = await check('hots: a\nmcp: 1\n');
    delete process.env.SEMBLANCE_PROT;
    expect(problems.map(({ name }) => name).sort()).toEqual(['SEMBLANCE_PROT', 'hots', 'mcp']);
    expect(problems.find(({ name }) => name === 'SEMBLANCE_PROT')?.problem).toContain(
      '"SEMBLANCE_PORT"',
    );
  });

  it('finds nothing wrong with the example of the page, or JSON', async () => {
    const [, example = ''] = /```yaml\n(.*?)```/s.exec(readFileSync(PAGE, 'utf8')) ?? [];
    expect(example).not.toBe('');
    expect(await check(example)).toEqual({ code: 0, problems: [] });
    expect(await check('{"port": 80, "mcp": true}')).toEqual({ code: 0, problems: [] });
  });

  it('says that a file is missing', async () => {
    const { code, stderr } = await run(['config', 'check', join(temporary.path, 'none.yaml')]);
    expect(code).toBe(1);
    expect(stderr).toContain('PATH_NOT_FOUND');
  });
});

describe('semblance config show', () => {
  it('takes options before the environment, that before the file, and that before defaults', async () => {
    write(
      'port: 1111\nmax-upload: 7\nmax-side: 5000\nsend-to: dicomweb+https://me:word@pacs.example/x\n',
    );
    environment('SEMBLANCE_PORT', '2222');
    environment('SEMBLANCE_MAX_UPLOAD', '8');
    environment('SEMBLANCE_ALLOW_HOST', 'a.example, b.example');
    environment('SEMBLANCE_MCP', 'yes');
    const args = ['config', 'show', '--config', file, '--port', '3333'];
    const { code, stdout } = await run(['--json', ...args]);
    for (const name of ['PORT', 'MAX_UPLOAD', 'ALLOW_HOST', 'MCP']) {
      delete process.env[`SEMBLANCE_${name}`];
    }
    expect(code).toBe(0);
    const told = ShownSettingsSchema.parse(JSON.parse(stdout));
    const of = (name: string) => {
      const { value, from } = told.settings.find((each) => each.name === name) ?? {};
      return [value, from];
    };
    expect(of('port')).toEqual([3333, 'option']);
    expect(of('max-upload')).toEqual([8, 'environment']);
    expect(of('max-side')).toEqual([5000, 'file']);
    expect(of('max-seconds')).toEqual([20, 'default']);
    expect(of('allow-host')).toEqual([['a.example', 'b.example'], 'environment']);
    expect(of('mcp')).toEqual([true, 'environment']);
    expect(of('home')).toEqual([process.env.SEMBLANCE_HOME, 'environment']);
    expect(stdout).not.toMatch(/me:word|word@/);
  });
});

describe('semblance serve --config', () => {
  it('serves as the file says', async () => {
    write('max-upload: 1\nhost: localhost\nallow-host: [images.example]\nstop-timeout: 1\n');
    const server = await startServing(['serve', '--config', file]);
    const form = new FormData();
    form.set('file', new Blob([new Uint8Array(2_000_000)]));
    const answer = await fetch(`${server.url}api/preview`, { method: 'POST', body: form });
    expect(answer.status).toBe(413);
    expect(await server.stop()).toBe(0);
  });

  it('does not begin with a file that is wrong', async () => {
    write('prt: 80\n');
    const { code, stderr } = await run(['--json', 'serve', '--config', file]);
    expect(code).toBe(1);
    const { error } = JSON.parse(stderr);
    expect(error).toMatchObject({ code: 'SETTINGS_INVALID', subject: file });
    expect(error.detail).toContain('line 1: prt: There is no such setting. Did you mean "port"');
  });
});

it('keeps the page of settings current: npm run docs:settings', () => {
  expect(readFileSync(PAGE, 'utf8')).toBe(settingsDocument());
});
