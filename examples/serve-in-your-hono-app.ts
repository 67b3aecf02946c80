// The page and the API inside an application of one's own: node serve-in-your-hono-app.js [folder] [port]
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { Semblance } from 'semblance';
import { createApp } from 'semblance/server';

const [folder, port = '8080'] = process.argv.slice(2);
const semblance = await Semblance.open({ home: folder });
semblance.start();
// What has left the disk is let go of.
const tidying = setInterval(() => semblance.tidy(), 5000);

const app = new Hono();
app.get('/', (context) => context.text('My archive'));
app.mount('/semblance', createApp(semblance, { maxUpload: 50_000_000 }).fetch);

const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(port) }, (bound) =>
  console.log(`http://127.0.0.1:${bound.port}/semblance/`),
);
process.once('SIGTERM', async () => {
  clearInterval(tidying);
  server.close();
  await semblance.close();
});
