import type { Command } from 'commander';

/** A command of the program; what it needs is loaded when it is called or asked about. */
interface CommandEntry {
  name: string;
  description: string;
  /** Loads what gives the command its arguments, options, commands of its own and action. */
  load(): Promise<(command: Command) => void>;
}

/** Every command, in the order in which help lists them. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'index',
    description: 'Add the images of a folder or CSV to a collection',
    load: async () => (await import('./commands/index.ts')).addIndexCommand,
  },
  {
    name: 'worker',
    description: 'Encode what waits in the queue of a collection, until it is empty',
    load: async () => (await import('./commands/worker.ts')).addWorkerCommand,
  },
  {
    name: 'tasks',
    description: 'What is done in the background: list, show, add, run, pause, cancel, resume',
    load: async () => (await import('./commands/tasks.ts')).addTasksCommand,
  },
  {
    name: 'pacs',
    description: 'Try the address of a PACS; count what indexing it would take',
    load: async () => (await import('./commands/pacs.ts')).addPacsCommand,
  },
  {
    name: 'receive',
    description: 'Take objects that others send by DIMSE (C-STORE) into a collection',
    load: async () => (await import('./commands/receive.ts')).addReceiveCommand,
  },
  {
    name: 'remove',
    description:
      'Take images out of a collection with all that is stored of them; files stay, but for received ones',
    load: async () => (await import('./commands/remove.ts')).addRemoveCommand,
  },
  {
    name: 'search',
    description: 'Find the images that look most like pictures, or fit a text best, or both',
    load: async () => (await import('./commands/search.ts')).addSearchCommand,
  },
  {
    name: 'duplicates',
    description: 'List images that are equal, or other forms of the same picture',
    load: async () => (await import('./commands/duplicates.ts')).addDuplicatesCommand,
  },
  {
    name: 'collections',
    description: 'What collections there are: list, create, copy, rename, delete',
    load: async () => (await import('./commands/collections.ts')).addCollectionsCommand,
  },
  {
    name: 'info',
    description: 'Show what a collection holds',
    load: async () => (await import('./commands/info.ts')).addInfoCommand,
  },
  {
    name: 'inspect',
    description: 'Show what would be indexed of a DICOM file, and what was done to show it',
    load: async () => (await import('./commands/inspect.ts')).addInspectCommand,
  },
  {
    name: 'locate',
    description: 'Show where a path leads in which pseudonyms stand for names of patients',
    load: async () => (await import('./commands/locate.ts')).addLocateCommand,
  },
  {
    name: 'doctor',
    description: 'Look whether machine, settings and data directory are fit to serve',
    load: async () => (await import('./commands/doctor.ts')).addDoctorCommand,
  },
  {
    name: 'check',
    description: 'Look for damage in collections, and for files that changed',
    load: async () => (await import('./commands/check.ts')).addCheckCommand,
  },
  {
    name: 'backup',
    description: 'Copies of the data directory, made while it is used: make, verify, restore',
    load: async () => (await import('./commands/backup.ts')).addBackupCommand,
  },
  {
    name: 'encoders',
    description: 'List the encoders that can be used; choose the default of a collection',
    load: async () => (await import('./commands/encoders.ts')).addEncodersCommand,
  },
  {
    name: 'explain',
    description: 'Draw over a query and a result what makes them alike to an encoder',
    load: async () => (await import('./commands/explain.ts')).addExplainCommand,
  },
  {
    name: 'evaluate',
    description: 'Measure precision at 1, 3, 5 and 10 over the labels of a collection',
    load: async () => (await import('./commands/evaluate.ts')).addEvaluateCommand,
  },
  {
    name: 'calibrate',
    description: 'Fit what similarities mean, from the labels of a collection, and store it',
    load: async () => (await import('./commands/calibrate.ts')).addCalibrateCommand,
  },
  {
    name: 'adapt',
    description: 'Adapt an encoder to the labels of a collection, if that makes it better',
    load: async () => (await import('./commands/adapt.ts')).addAdaptCommand,
  },
  {
    name: 'map',
    description: 'Lay the images of a collection out in the plane, the alike together',
    load: async () => (await import('./commands/map.ts')).addMapCommand,
  },
  {
    name: 'serve',
    description: 'Serve the page and the HTTP API on this machine',
    load: async () => (await import('./commands/serve.ts')).addServeCommand,
  },
  {
    name: 'config',
    description: 'The settings of a server: check a file of them, show what holds and why',
    load: async () => (await import('./commands/config.ts')).addConfigCommand,
  },
  {
    name: 'mcp',
    description: 'Let an assistant that starts it search and look, by the Model Context Protocol',
    load: async () => (await import('./commands/mcp.ts')).addMcpCommand,
  },
  {
    name: 'users',
    description:
      'Who may use a server, and may do what: add, list, role, password, disable, remove',
    load: async () => (await import('./commands/users.ts')).addUsersCommand,
  },
  {
    name: 'keys',
    description: 'Keys with which programs use a server: add, list, revoke',
    load: async () => (await import('./commands/keys.ts')).addKeysCommand,
  },
  {
    name: 'webhooks',
    description: 'Whom a server tells of tasks that have ended: add, list, remove',
    load: async () => (await import('./commands/webhooks.ts')).addWebhooksCommand,
  },
  {
    name: 'audit',
    description: 'Who did what with a server and its data: show, verify, export',
    load: async () => (await import('./commands/audit.ts')).addAuditCommand,
  },
  {
    name: 'models',
    description: 'Encoders from official checkpoints: list, pull, add, template, verify, remove',
    load: async () => (await import('./commands/models.ts')).addModelsCommand,
  },
  {
    name: 'dataset',
    description: 'Make, join and check data sets with labels',
    load: async () => (await import('./commands/dataset.ts')).addDatasetCommand,
  },
  {
    name: 'benchmark',
    description:
      'Compare encoders on a data set with labels, by the protocol of the study and beyond it',
    load: async () => (await import('./commands/benchmark.ts')).addBenchmarkCommand,
  },
  {
    name: 'embeddings',
    description: 'Exchange embeddings with other programs: HDF5, faiss, numpy, CSV, Parquet',
    load: async () => (await import('./commands/embeddings.ts')).addEmbeddingsCommand,
  },
  {
    name: 'export',
    description: 'Write DICOM or pictures of a collection without what tells whom they are of',
    load: async () => (await import('./commands/export.ts')).addExportCommand,
  },
  {
    name: 'engine',
    description:
      'Keep the embeddings of a collection in a Weaviate cluster, to search past one machine',
    load: async () => (await import('./commands/engine.ts')).addEngineCommand,
  },
  {
    name: 'demo',
    description: 'Make a sample collection of drawn phantoms and serve it',
    load: async () => (await import('./commands/demo.ts')).addDemoCommand,
  },
  {
    name: 'help',
    description: 'Show what a command does and its options',
    load: async () => (await import('./commands/help.ts')).addHelpCommand,
  },
];
