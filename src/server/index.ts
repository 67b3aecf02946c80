/** The server for programs of one's own: `import { createApp } from 'semblance/server'`. */
export { type AppOptions, createApp } from './app.ts';
export type { LoadLimits } from './lanes.ts';
export type { RequestLimits } from './rate-limits.ts';
