// The layers of docs/architecture.md: which room may know which. Run with the lint.

/** The rooms of src from the ground up; each may import what stands before it. */
const LAYERS = [
  ['domain'],
  ['files', 'runtime', 'images'],
  ['tables', 'index', 'store'],
  ['encoding'],
  ['search'],
  ['indexing'],
  ['study'],
  ['server'],
  ['cli'],
];

/** Rooms beside each other that do not know each other. */
const APART = [
  ['index', 'store|tables'],
  ['store', 'index|tables'],
  ['tables', 'index|store'],
  ['files', 'runtime|images'],
  ['runtime', 'files|images'],
  ['images', 'files|runtime'],
];

const room = (name) => `^src/(${name})/`;
/** What tests need of other rooms is their own affair. */
const from = (name) => ({ path: room(name), pathNot: '\\.test\\.ts$|^src/testing/' });
const forbidden = (name, comment, source, path) => ({
  name,
  comment,
  severity: 'error',
  from: source,
  to: { path },
});

module.exports = {
  forbidden: [
    ...LAYERS.flatMap((names, at) => {
      const above = LAYERS.slice(at + 1).flat();
      if (above.length === 0) return [];
      return names.map((name) =>
        forbidden(
          `${name}-knows-nothing-above`,
          'A room imports what stands below it (docs/architecture.md).',
          from(name),
          room(above.join('|')),
        ),
      );
    }),
    ...APART.map(([name, others]) =>
      forbidden(
        `${name}-stands-alone`,
        'Rooms of one floor do not know each other (docs/architecture.md).',
        from(name),
        room(others),
      ),
    ),
    {
      ...forbidden('domain-is-plain', 'The page uses the vocabulary, too.', from('domain'), ''),
      to: { dependencyTypes: ['core'] },
    },
    forbidden(
      'search-knows-no-compiler',
      'A search needs graphs, not how they are made of checkpoints.',
      from('search'),
      '^src/encoding/(compiler|checkpoints)/',
    ),
    {
      ...forbidden(
        'only-runtime-loads-onnxruntime',
        'Its telemetry is switched off there.',
        {},
        '',
      ),
      from: { path: '^src/', pathNot: '^src/runtime/|\\.test\\.ts$' },
      to: { path: 'onnxruntime-node' },
    },
    {
      ...forbidden(
        'no-circles',
        'Modules that import each other cannot be read one by one.',
        {},
        '',
      ),
      from: { path: '^src/' },
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'] },
  },
};
