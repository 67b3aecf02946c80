import { once } from 'node:events';
import { type Command, Option } from 'commander';
import type { ReceiveRequest } from '../../app/receiving.ts';
import type { WatchRequest } from '../../app/watching.ts';
import type { DecodeLimits } from '../../domain/decode-limits.ts';
import { SemblanceError, toSemblanceError } from '../../domain/errors/error.ts';
import { exactOrigin } from '../../server/guard.ts';
import { DEFAULT_CONNECTIONS } from '../../server/http-server.ts';
import { DEFAULT_LOAD } from '../../server/lanes.ts';
import { createLog } from '../../server/log.ts';
import { DEFAULT_REQUESTS } from '../../server/rate-limits.ts';
import { startServer } from '../../server/serve.ts';
import type { TlsFiles } from '../../server/tls.ts';
import { type IndexingOptions, withIndexingOptions } from '../indexing-options.ts';
import { interruptible } from '../interruption.ts';
import { limitsOf, withLimitOptions } from '../limits.ts';
import { type LoggingOptions, withLoggingOptions } from '../logging-options.ts';
import { type OpenIdCommandOptions, openIdOptions, withOpenIdOptions } from '../openid-options.ts';
import { ENGINE_OPTION, type GlobalOptions } from '../options.ts';
import { collect, wholeNumber } from '../output.ts';
import {
  dimseOptions,
  portNumber,
  type ReceivingOptions,
  receivedLimits,
  withReceivingOptions,
} from '../receiving-options.ts';
import { takeSettings } from '../settings.ts';

interface ServeCommandOptions
  extends Required<DecodeLimits>,
    LoggingOptions,
    Partial<IndexingOptions>,
    Partial<OpenIdCommandOptions>,
    Partial<ReceivingOptions> {
  host: string;
  port: number;
  allowHost: string[];
  allowOrigin: string[];
  maxUpload: number;
  maxRunning: number;
  maxWaiting: number;
  maxRequests: number;
  maxStrangerRequests: number;
  maxConnections: number;
  maxPerAddress: number;
  requestTimeout: number;
  stopTimeout: number;
  otlpEndpoint?: string;
  metricsHost: string;
  metricsPort?: number;
  metricsToken?: string;
  insecure?: boolean;
  allowIndexing?: boolean;
  allowFolder: string[];
  dicomWeb?: 'uids' | 'patients';
  viewerUrl?: string;
  sendTo?: string;
  mcp?: boolean;
  audit?: boolean;
  keepAuditDays?: number;
  trustProxy: string[];
  httpsCert?: string;
  httpsKey?: string;
  engine?: string;
  receive?: string;
  watch?: string[];
  watchSettled?: number;
  dimsePort?: number;
}

/** @throws SemblanceError USAGE for what is no address of the web */
function webAddress(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return text;
  throw new SemblanceError('USAGE', 'It is no address, such as http://localhost:4318.', {
    subject: text,
  });
}

/** Adds the options of a server to a command. */
export function withServeOptions(command: Command): Command {
  return withLoggingOptions(withLimitOptions(command))
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('-p, --port <n>', 'port; 0 for any free one', portNumber, 7780)
    .option('--allow-host <name>', 'host name under which others may open the page', collect, [])
    .option(
      '--allow-origin <origin>',
      'other page that may ask the API, as https://viewer.example; can be repeated',
      (text: string, before: string[]) => collect(exactOrigin(text), before),
      [],
    )
    .option(
      '--insecure',
      'serve other machines, too, though there is no user, no key and no provider',
    )
    .option(
      '--allow-indexing',
      'whoever opens the page may connect a PACS and index it; by default only on this machine',
    )
    .option(
      '--allow-folder <path>',
      'folder of this machine that editors may index; can be repeated; by default your own, where only this machine reaches the page',
      collect,
      [],
    )
    .addOption(
      new Option(
        '--dicom-web [what]',
        'answer by DICOMweb under /dicom-web, which gives UIDs of studies away, and with "patients" names, numbers and dates',
      )
        .choices(['uids', 'patients'])
        .preset('uids'),
    )
    .addOption(
      new Option(
        '--viewer-url <template>',
        'open images there: https://viewer/viewer?StudyInstanceUIDs={study}, also with {series} and {instance}',
      ),
    )
    .option(
      '--send-to <address>',
      'PACS that results of searches may be sent to as documents: dicomweb+https://... or dimse://TITLE@host:port',
    )
    .option('--mcp', 'answer assistants by the Model Context Protocol at /mcp, which only reads')
    .option(
      '--https-cert <file>',
      'speak TLS with this certificate (PEM); read again when it changes',
    )
    .option('--https-key <file>', 'its private key (PEM)')
    .option(
      '--trust-proxy <address>',
      'proxy whose X-Forwarded-For and -Proto are believed: an IP address or network; can be repeated',
      collect,
      [],
    )
    .option('--no-audit', 'write no log of who does what, for a data directory that is only read')
    .option(
      '--metrics-port <n>',
      'tell metrics for Prometheus at /metrics of this port',
      portNumber,
    )
    .option('--metrics-host <address>', 'address of that port', '127.0.0.1')
    .option(
      '--metrics-token <token>',
      'that Prometheus has to give; give it by a file or the environment. Without it only this machine is answered',
    )
    .option(
      '--otlp-endpoint <url>',
      'send traces to this collector of OpenTelemetry, as http://localhost:4318',
      webAddress,
    )
    .option(
      '--keep-audit-days <n>',
      'remove entries of this log that are older; by default none',
      wholeNumber,
    )
    .option('--max-upload <MB>', 'largest upload', wholeNumber, 100)
    .addOption(
      new Option(
        '--max-running <n>',
        'searches worked on at a time, and pictures, and explanations',
      )
        .argParser(wholeNumber)
        .default(DEFAULT_LOAD.maxRunning, 'one for each core, 2 at least'),
    )
    .option('--max-waiting <n>', 'of each, how many wait', wholeNumber, DEFAULT_LOAD.maxWaiting)
    .option(
      '--max-requests <n>',
      'of each user or key in a minute',
      wholeNumber,
      DEFAULT_REQUESTS.ofUser,
    )
    .option(
      '--max-stranger-requests <n>',
      'of each address in a minute, without user or key',
      wholeNumber,
      DEFAULT_REQUESTS.ofAddress,
    )
    .option(
      '--max-connections <n>',
      'connections at a time',
      wholeNumber,
      DEFAULT_CONNECTIONS.maxConnections,
    )
    .option(
      '--max-per-address <n>',
      'connections of one address at a time',
      wholeNumber,
      DEFAULT_CONNECTIONS.maxPerAddress,
    )
    .option(
      '--request-timeout <s>',
      'seconds for a request to come, upload included',
      wholeNumber,
      DEFAULT_CONNECTIONS.requestTimeout / 1000,
    )
    .option(
      '--stop-timeout <s>',
      'seconds for requests under way when the server is told to end',
      wholeNumber,
      10,
    );
}

/**
 * What is received beside, if anything.
 * @throws SemblanceError USAGE and those of `dimseOptions`
 */
async function receiveRequest(options: ServeCommandOptions): Promise<ReceiveRequest | undefined> {
  const { receive: collection, dimsePort: port, host, insecure = false } = options;
  requireReceive(options);
  if (collection === undefined) return undefined;
  const receiving = options as ServeCommandOptions & ReceivingOptions;
  const { encoder, window, frames, identity, dates, burnedIn } = options;
  return {
    ...{ collection, encoder, window, frames, identity, dates, burnedIn },
    ...receivedLimits(receiving),
    ...(port !== undefined && { dimse: await dimseOptions(receiving, { host, port, insecure }) }),
  };
}

/** @throws SemblanceError USAGE for a port that nothing is received by */
function requireReceive({ receive, dimsePort }: ServeCommandOptions): void {
  if (receive !== undefined || dimsePort === undefined) return;
  throw new SemblanceError('USAGE', '--dimse-port needs --receive <collection>.');
}

/** @throws SemblanceError USAGE for what names no collection and folder */
function watchRequests(options: ServeCommandOptions): Omit<WatchRequest, 'folders'>[] {
  const { watch = [], watchSettled, encoder, window, frames, identity, dates, burnedIn } = options;
  return watch.map((text) => {
    const [, collection, folder] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    if (collection === undefined || folder === undefined) {
      throw new SemblanceError('USAGE', 'It is not <collection>=<folder>.', { subject: text });
    }
    const taking = { encoder, window, frames, identity, dates, burnedIn };
    const settled = watchSettled === undefined ? undefined : watchSettled * 1000;
    return { collection, folder, settled, ...taking };
  });
}

/** @throws SemblanceError USAGE for one without the other */
function tlsFiles({ httpsCert: cert, httpsKey: key }: ServeCommandOptions): TlsFiles | undefined {
  if (cert !== undefined && key !== undefined) return { cert, key };
  if (cert === undefined && key === undefined) return undefined;
  throw new SemblanceError('USAGE', '--https-cert and --https-key go together.');
}

/** The provider by which one may log in, where there is one. @throws SemblanceError as `openIdOptions` */
const openIdOf = (options: ServeCommandOptions) =>
  openIdOptions({ oidcScope: [], oidcRole: [], oidcAudience: [], ...options });

/** What is wrong with settings that are right each by itself: what goes together, and files that are named. */
export function togetherProblems(options: ServeCommandOptions): SemblanceError[] {
  const looked = [tlsFiles, openIdOf, watchRequests, requireReceive].map((look) => {
    try {
      look(options);
      return undefined;
    } catch (error) {
      return toSemblanceError(error);
    }
  });
  return looked.filter((each) => each !== undefined);
}

/** Serves until interrupted. */
export async function serveUntilInterrupted(
  home: string | undefined,
  options: ServeCommandOptions,
  { json = false, provider }: GlobalOptions,
) {
  const { signal } = interruptible();
  const log = createLog({ level: options.logLevel, format: options.logFormat });
  const server = await startServer({
    home,
    host: options.host,
    port: options.port,
    hosts: options.allowHost,
    origins: options.allowOrigin,
    maxUpload: options.maxUpload * 1_000_000,
    limits: limitsOf(options),
    engine: options.engine,
    provider,
    insecure: options.insecure ?? false,
    allowIndexing: options.allowIndexing ?? false,
    folders: options.allowFolder.length > 0 ? options.allowFolder : undefined,
    viewerUrl: options.viewerUrl,
    sendTo: options.sendTo,
    mcp: options.mcp,
    audit: options.audit,
    keepAuditDays: options.keepAuditDays,
    trustProxy: options.trustProxy,
    tls: tlsFiles(options),
    otlpEndpoint: options.otlpEndpoint,
    ...(options.metricsPort !== undefined && {
      metrics: {
        ...{ host: options.metricsHost, port: options.metricsPort },
        token: options.metricsToken,
      },
    }),
    openid: openIdOf(options),
    logger: log,
    ...(options.dicomWeb && { dicomWeb: { personal: options.dicomWeb === 'patients' } }),
    receive: await receiveRequest(options),
    watch: watchRequests(options),
    load: { maxRunning: options.maxRunning, maxWaiting: options.maxWaiting },
    requests: { ofUser: options.maxRequests, ofAddress: options.maxStrangerRequests },
    connections: {
      ...DEFAULT_CONNECTIONS,
      maxConnections: options.maxConnections,
      maxPerAddress: options.maxPerAddress,
      requestTimeout: options.requestTimeout * 1000,
    },
  }).catch(async (error) => {
    await log.end();
    throw error;
  });
  const [url, ...others] = server.urls;
  const { dimse, metrics } = server;
  for (const warning of server.warnings) log.warn(warning);
  process.stdout.write(
    json
      ? `${JSON.stringify({ url, urls: server.urls, ...(dimse && { dimse }), ...(metrics && { metrics }) })}\n`
      : [
          `Semblance is ready at ${url}\n`,
          ...others.map((each) => `  also at ${each}\n`),
          ...(metrics ? [`  tells metrics at ${metrics}\n`] : []),
          ...(dimse ? [`  receives as ${dimse.aet} on port ${dimse.port}\n`] : []),
        ].join(''),
  );
  if (!signal.aborted) await once(signal, 'abort');
  if (options.logFormat === 'text') {
    process.stderr.write('Ending what is under way; a second signal ends it at once.\n');
  }
  await server.close(options.stopTimeout * 1000);
  await log.end();
}

/** Adds all the options of `semblance serve`, which are the settings of a server. */
export function withEveryServeOption(command: Command): Command {
  return withReceivingOptions(withIndexingOptions(withOpenIdOptions(withServeOptions(command))))
    .option(...ENGINE_OPTION)
    .option(
      '--watch <collection=folder>',
      'index new files of this folder once they stay the same; can be repeated',
      collect,
      [],
    )
    .option(
      '--watch-settled <s>',
      'seconds that a file has to stay the same before it is taken',
      wholeNumber,
      10,
    )
    .option('--receive <collection>', 'take objects into it: STOW-RS at /dicom-web, and DIMSE')
    .option('--dimse-port <n>', 'port for DIMSE (C-STORE); 0 for any free one', portNumber)
    .option('--config <file>', 'file of settings (YAML or JSON), by the names of these options');
}

/** `semblance serve`: the page and the HTTP API. */
export function addServeCommand(command: Command): void {
  withEveryServeOption(command).action(async (options: ServeCommandOptions) => {
    takeSettings(command);
    const globals = command.optsWithGlobals<GlobalOptions>();
    await serveUntilInterrupted(globals.home, options, globals);
  });
}

export type { ServeCommandOptions };
