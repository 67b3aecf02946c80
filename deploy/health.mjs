// Ends with 0 when the server of this container answers: HEALTHCHECK of the Dockerfile.
import { request as plain } from 'node:http';
import { request as tls } from 'node:https';

const { SEMBLANCE_PORT: port = '7780', SEMBLANCE_HTTPS_CERT: cert } = process.env;
const isSecure = cert !== undefined && cert !== '';
const end = (code) => process.exit(code);
(isSecure ? tls : plain)({
  ...{ host: '127.0.0.1', port, path: '/health', timeout: 4000 },
  // It is this container itself; its certificate is for another name.
  rejectUnauthorized: false,
})
  .on('response', ({ statusCode }) => end(statusCode === 200 ? 0 : 1))
  .on('timeout', () => end(1))
  .on('error', () => end(1))
  .end();
