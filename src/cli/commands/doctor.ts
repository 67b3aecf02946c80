import type { Command } from 'commander';
import { Semblance } from '../../app/semblance.ts';
import type { Checked } from '../../contract/doctor.ts';
import { interruptible } from '../interruption.ts';
import type { GlobalOptions } from '../options.ts';
import { print } from '../output.ts';
import { problemText, resolveSettings, strangeVariables } from '../settings.ts';
import { type ServeCommandOptions, withEveryServeOption } from './serve.ts';

const MARKS = { ok: 'ok     ', warning: 'WARNING', failed: 'FAILED ' } as const;

/** `semblance doctor`: whether machine, settings and data directory are fit to serve. */
export function addDoctorCommand(command: Command): void {
  withEveryServeOption(command).action(async (options: ServeCommandOptions) => {
    const { problems } = resolveSettings(command);
    const settings: Checked[] = [
      ...problems.map((problem) => ({ problem, state: 'failed' as const })),
      ...strangeVariables(command).map((problem) => ({ problem, state: 'warning' as const })),
    ].map(({ problem, state }) => ({
      ...{ check: 'settings', subject: problem.name, state, found: problemText(problem) },
      advice: 'Correct it: `semblance config check` says what a setting may be.',
    }));
    const { home, json = false, provider } = command.optsWithGlobals<GlobalOptions>();
    const { host, port, metricsHost, metricsPort, dimsePort } = options;
    const ports = [
      { what: 'page', host, port },
      { what: 'metrics', host: metricsHost, port: metricsPort },
      { what: 'DIMSE', host, port: dimsePort },
    ].flatMap(({ port, ...rest }) => (port === undefined || port === 0 ? [] : { ...rest, port }));
    const semblance = await Semblance.open({ home, provider });
    const { signal, end } = interruptible();
    try {
      const { checks, ...rest } = await semblance.doctor.examine({ signal }, { ports });
      const diagnosis = { ...rest, checks: [...settings, ...checks] };
      print(json, diagnosis, () => diagnosis.checks.flatMap(text).join('\n'));
      if (diagnosis.checks.some(({ state }) => state === 'failed')) process.exitCode = 1;
    } finally {
      end();
      await semblance.close();
    }
  });
}

function text({ check, subject, state, found, advice }: Checked): string[] {
  const what = subject === null ? check : `${check} ${subject}`;
  return [`${MARKS[state]} ${what}: ${found}`, ...(advice === null ? [] : [`        ${advice}`])];
}
