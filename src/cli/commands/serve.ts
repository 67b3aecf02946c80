import type { Command } from 'commander';
import { SemblanceError } from '../../errors/error.ts';
import type { DecodeLimits } from '../../images/samples.ts';
import { startServer } from '../../server/serve.ts';
import { Home } from '../../store/home.ts';
import { limitsOf, withLimitOptions } from '../limits.ts';
import { ENGINE_OPTION, type GlobalOptions } from '../options.ts';
import { collect, wholeNumber } from '../output.ts';

interface ServeCommandOptions extends Required<DecodeLimits> {
  host: string;
  port: number;
  allowHost: string[];
  maxUpload: number;
  engine?: string;
}

/** A port number from the command line; 0 asks for any free one. */
function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new SemblanceError('USAGE', `"${text}" is not a port.`);
  }
  return port;
}

/** Adds the options of a server to a command. */
export function withServeOptions(command: Command): Command {
  return withLimitOptions(command)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('-p, --port <n>', 'port; 0 for any free one', portNumber, 7780)
    .option('--allow-host <name>', 'host name under which others may open the page', collect, [])
    .option('--max-upload <MB>', 'largest upload', wholeNumber, 100);
}

/** Serves until interrupted. */
export async function serveUntilInterrupted(
  home: Home,
  options: ServeCommandOptions,
  json: boolean,
) {
  const server = await startServer(home, {
    host: options.host,
    port: options.port,
    hosts: options.allowHost,
    maxUpload: options.maxUpload * 1_000_000,
    limits: limitsOf(options),
    engine: options.engine,
  });
  process.stdout.write(
    json ? `${JSON.stringify({ url: server.url })}\n` : `Semblance is ready at ${server.url}\n`,
  );
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  await server.close();
}

/** `semblance serve`: the page and the HTTP API. */
export function addServeCommand(command: Command): void {
  withServeOptions(command)
    .option(...ENGINE_OPTION)
    .action(async (options: ServeCommandOptions) => {
      const { home, json = false } = command.optsWithGlobals<GlobalOptions>();
      await serveUntilInterrupted(new Home(home), options, json);
    });
}

export type { ServeCommandOptions };
