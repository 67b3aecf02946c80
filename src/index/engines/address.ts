import { SemblanceError } from '../../domain/errors/error.ts';
import { isThisMachine } from '../../http/private-address.ts';

/** Port of gRPC where an address names none: Weaviate's own default. */
const GRPC_PORT = 50051;

/** One node of an engine. */
export interface EngineHost {
  /** As the user wrote it. */
  text: string;
  /** Host name or address, IPv6 without brackets. */
  host: string;
  /** Port of REST. */
  port: number;
  grpcPort: number;
  /** TLS, for both ports. */
  secure: boolean;
}

const HOST = /^(?:(https?):\/\/)?(\[[0-9a-fA-F:.]+\]|[^\s:/[\]]+):(\d{1,5})(?::(\d{1,5}))?$/;

/**
 * Reads the address of an engine: `weaviate=host:port[:grpcPort],...`, each host with `https://` before it
 * for TLS.
 * @param key API key that will be sent; only by TLS, or to this machine
 * @throws SemblanceError USAGE
 */
export function parseEngine(text: string, key?: string): EngineHost[] {
  const usage = (detail: string) => new SemblanceError('USAGE', detail, { subject: text });
  if (!text.startsWith('weaviate=')) {
    throw usage('An engine has the form weaviate=host:port,host:port,...');
  }
  const hosts = text
    .slice('weaviate='.length)
    .split(',')
    .map((part): EngineHost => {
      const match = HOST.exec(part.trim());
      const [, scheme, name = '', port, grpcPort] = match ?? [];
      const host: EngineHost = {
        text: part.trim(),
        host: name.replace(/^\[|\]$/g, ''),
        port: Number(port),
        grpcPort: grpcPort === undefined ? GRPC_PORT : Number(grpcPort),
        secure: scheme === 'https',
      };
      if (match === null || host.port > 65535 || host.grpcPort > 65535) {
        throw usage(`"${part}" is not host:port or host:port:grpc-port.`);
      }
      if (key !== undefined && !host.secure && !isThisMachine(host.host)) {
        throw usage(`The API key is not sent to ${part} without TLS: write https://${part}.`);
      }
      return host;
    });
  // An answer counts once for each node, so no node may be asked twice.
  if (new Set(hosts.map(({ host, port }) => `${host}:${port}`)).size < hosts.length) {
    throw usage('A node of the engine is named twice.');
  }
  return hosts;
}
