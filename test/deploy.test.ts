import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { MAIN, temporaryFolder } from './program.ts';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const temporary = temporaryFolder();
afterAll(() => temporary.remove());
const read = (file: string) => readFileSync(join(PROJECT, 'deploy', file), 'utf8');
/** Of systemd: how much a service that takes over could do, 0 to 10. */
const MOST_EXPOSED = 2.5;

const has = (program: string, ...args: string[]) => spawnSync(program, args).status === 0;

/** What `config check` says of variables of the environment. */
function problemsOf(variables: Record<string, string>) {
  const run = spawnSync(process.execPath, [MAIN, '--json', 'config', 'check'], {
    env: { PATH: process.env.PATH, ...variables },
    encoding: 'utf8',
  });
  return JSON.parse(run.stdout).problems;
}

describe('the image', () => {
  it('is built, serves as nobody who may write, and is healthy', () => {
    const isThere = has('docker', 'info');
    if (!isThere) console.warn('docker has no daemon here: the steps are done by a script');
    const [program, ...args] = isThere
      ? ['docker', 'build', '-f', 'deploy/Dockerfile', '-t', 'semblance-test', '.']
      : [process.execPath, 'scripts/dockerfile-steps.mjs'];
    const { status, stdout, stderr } = spawnSync(program as string, args, {
      ...{ cwd: PROJECT, encoding: 'utf8', maxBuffer: 1e8 },
    });
    expect(status, `${stdout}\n${stderr}`.slice(-3000)).toBe(0);
  }, 900_000);

  it('is started by compose without rights, on a disk that is only read, with settings that are known', () => {
    const { services } = parse(read('compose.yaml'));
    const { semblance } = services;
    expect(semblance).toMatchObject({
      ...{ init: true, read_only: true, cap_drop: ['ALL'], user: '1000:1000' },
      security_opt: ['no-new-privileges:true'],
    });
    expect(semblance.tmpfs).toHaveLength(1);
    expect(semblance.ports.every((port: string) => port.startsWith('127.0.0.1:'))).toBe(true);
    expect(problemsOf(semblance.environment)).toEqual([]);
    const text = read('compose.yaml').replaceAll('# SEMBLANCE_', 'SEMBLANCE_');
    const { environment } = parse(text).services.semblance;
    expect(Object.keys(environment).length).toBeGreaterThan(
      Object.keys(semblance.environment).length,
    );
    expect(
      problemsOf({
        ...environment,
        SEMBLANCE_METRICS_PORT: String(environment.SEMBLANCE_METRICS_PORT),
      }),
    ).toEqual([]);
  }, 30_000);
});

describe('the unit of systemd', () => {
  it('has settings that are known', () => {
    const variables = [...read('semblance.service').matchAll(/(SEMBLANCE_\w+)=(\S+)/g)]
      .map(([, name, value]) => [name as string, value as string])
      .filter(([name]) => name !== 'SEMBLANCE_CONFIG');
    expect(variables.length).toBeGreaterThan(3);
    expect(problemsOf(Object.fromEntries(variables))).toEqual([]);
  }, 30_000);

  it('is verified by systemd, and exposes little', (context) => {
    if (!has('systemd-analyze', '--version')) {
      console.warn('skipped: systemd-analyze is absent');
      context.skip('systemd-analyze is absent');
    }
    const unit = join(temporary.path, 'semblance.service');
    // The program and the folder of the documentation lie elsewhere here.
    const text = read('semblance.service')
      .replace('/usr/bin/node', process.execPath)
      .replaceAll(/=semblance$/gm, '=root');
    writeFileSync(unit, text);
    const verified = spawnSync('systemd-analyze', ['verify', '--man=no', unit], {
      encoding: 'utf8',
    });
    expect([verified.status, verified.stderr]).toEqual([0, '']);
    const original = join(temporary.path, 'original.service');
    writeFileSync(original, read('semblance.service'));
    const args = ['security', '--offline=true', `--threshold=${MOST_EXPOSED * 10}`, original];
    const exposed = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    expect(exposed.status, exposed.stdout.slice(-600)).toBe(0);
  });
});

it('Prometheus is told the port of the documentation', () => {
  const { scrape_configs } = parse(read('prometheus.yml'));
  expect(scrape_configs[0].static_configs[0].targets).toEqual(['127.0.0.1:9464']);
  expect(readFileSync(join(PROJECT, 'docs/monitoring.md'), 'utf8')).toContain(
    '--metrics-port 9464',
  );
});
