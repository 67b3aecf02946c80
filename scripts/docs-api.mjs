// Prints the report of the public types, from what is built; `npm run docs:api` keeps it in docs/api.md.
import { apiReport } from './declarations.mjs';

process.stdout.write(apiReport());
