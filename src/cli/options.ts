import { type Command, Option } from 'commander';
import { PROVIDERS, type Provider } from '../runtime/provider.ts';

/** Options of every command. */
export interface GlobalOptions {
  /** Folder of the collections. */
  home?: string;
  /** Machine-readable output. */
  json?: boolean;
  /** Where encoders run. */
  provider: Provider;
}

/** Adds the options of every command to the program. */
export function withGlobalOptions(program: Command): Command {
  return program
    .option(
      '--home <folder>',
      'folder of the collections (default: $SEMBLANCE_HOME or ~/.semblance)',
    )
    .option('--json', 'machine-readable output')
    .addOption(
      new Option('--provider <name>', 'where encoders run, if the machine has it')
        .choices(PROVIDERS)
        .env('SEMBLANCE_PROVIDER')
        .default('cpu'),
    );
}

/** The collection used when none is named. */
export const DEFAULT_COLLECTION = 'default';

/** What `--where` says of itself. */
export const WHERE_OPTION = [
  '-w, --where <query>',
  "only images that match, for instance 'modality:CT -region:knee year>2019'",
] as const;

/** The option that names the collection; without a default, a command that reads one finds it. */
export const COLLECTION_OPTION = ['-c, --collection <name>', 'collection'] as const;

/** The option that names a search engine. */
export const ENGINE_OPTION = [
  '--engine <address>',
  'search engine instead of the index in memory: weaviate=host:port[:grpc-port],...',
] as const;
