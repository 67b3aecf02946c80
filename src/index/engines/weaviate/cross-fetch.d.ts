// In place of the package's own types, which bring those of a browser into every module that is
// compiled with them (`paths` in tsconfig.json). Node has the same functions.

declare const cross: typeof fetch;
export default cross;
export { cross as fetch };
export const Headers: typeof globalThis.Headers;
export const Request: typeof globalThis.Request;
export const Response: typeof globalThis.Response;
