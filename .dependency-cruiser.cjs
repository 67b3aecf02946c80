// The layers of docs/architecture.md: which room may know which. Run with the lint.

/** The rooms of src from the ground up; each may import what stands before it. */
const LAYERS = [
  ['domain'],
  ['contract'],
  ['files', 'http', 'runtime', 'codecs'],
  ['dicom'],
  ['images'],
  ['tables', 'index', 'store', 'pacs'],
  ['objects'],
  ['encoding'],
  ['search'],
  ['indexing'],
  ['study'],
  ['app'],
  ['server'],
  ['cli'],
];

const room = (name) => `^src/(${name})/`;
/** What tests need of other rooms is their own affair. */
const from = (name) => ({ path: room(name), pathNot: '\\.test\\.ts$|^src/testing/' });
const forbidden = (name, comment, source, to) => ({
  name,
  comment,
  severity: 'error',
  from: source,
  to,
});

/** A room knows neither what stands above it nor what stands beside it. */
const rulesOf = (name, floor) => {
  const above = LAYERS.slice(floor + 1).flat();
  const beside = LAYERS[floor].filter((other) => other !== name);
  const rules = [
    ['knows-nothing-above', 'A room imports what stands below it', above],
    ['stands-alone', 'Rooms of one floor do not know each other', beside],
  ];
  return rules.flatMap(([rule, why, rooms]) =>
    rooms.length === 0
      ? []
      : forbidden(`${name}-${rule}`, `${why} (docs/architecture.md).`, from(name), {
          path: room(rooms.join('|')),
        }),
  );
};

module.exports = {
  forbidden: [
    ...LAYERS.flatMap((names, floor) => names.flatMap((name) => rulesOf(name, floor))),
    forbidden('domain-is-plain', 'The page uses the vocabulary, too.', from('domain'), {
      pathNot: '^src/|node_modules/fastest-levenshtein/',
    }),
    forbidden('server-is-a-thin-door', 'It parses, calls a service and answers.', from('server'), {
      path: '^src/',
      pathNot: '^src/(app|contract|domain|server|cli)/',
    }),
    forbidden(
      'cli-is-a-thin-door',
      'It parses, calls a service and prints. The one exception is the list of what encoders can run on, from which --provider is chosen.',
      from('cli'),
      {
        path: '^src/',
        pathNot: '^src/(app|contract|domain|server|cli)/|^src/runtime/provider\\.ts$',
      },
    ),
    forbidden(
      'page-knows-what-leaves',
      'The page imports contract, domain, the client and the libraries of the page alone.',
      { path: '^web/src/', pathNot: '\\.test\\.tsx?$' },
      {
        pathNot:
          '^(web/src|src/contract|src/domain|clients/typescript)/|node_modules/(react|react-dom|@tanstack/react-query|@zip.js/zip.js|dicom-parser)/',
      },
    ),
    forbidden(
      'client-stands-alone',
      'It is a package of its own.',
      { path: '^clients/typescript/src/', pathNot: '\\.test\\.ts$' },
      { path: '^(src|web|node_modules)/', pathNot: '^node_modules/openapi-fetch/' },
    ),
    forbidden(
      'panel-knows-the-client',
      'It is a package of its own, and asks the server as others do.',
      { path: '^clients/ohif/src/', pathNot: '\\.test\\.ts$' },
      { pathNot: '^clients/(ohif|typescript)/|node_modules/(react|react-dom)/' },
    ),
    forbidden(
      'search-knows-no-compiler',
      'A search needs graphs, not how they are made of checkpoints.',
      from('search'),
      { path: '^src/encoding/(compiler|checkpoints)/' },
    ),
    forbidden(
      'only-runtime-loads-onnxruntime',
      'Its telemetry is switched off there.',
      { path: '^src/', pathNot: '^src/runtime/|\\.test\\.ts$' },
      { path: 'onnxruntime-node' },
    ),
    forbidden(
      'no-circles',
      'Modules that import each other cannot be read one by one.',
      { path: '^(src|web|clients)/' },
      { circular: true },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'default'],
    },
  },
};
