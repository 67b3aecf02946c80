// Makes the client's types of the description beside it: `npm run generate` here. With a path, they
// are written there instead, for the test that tells whether the kept ones are current.
import { writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';

const [target = new URL('src/schema.d.ts', import.meta.url)] = process.argv.slice(2);
const blob = ts.factory.createTypeReferenceNode('Blob');

const tree = await openapiTS(new URL('../openapi.json', import.meta.url), {
  // Who asks may leave out what has a default.
  defaultNonNullable: false,
  transform: ({ format }) => (format === 'binary' ? blob : undefined),
});
const head = '// Made from clients/openapi.json by generate.mjs; do not edit.\n\n';
writeFileSync(target, head + astToString(tree));
