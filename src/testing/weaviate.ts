import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** How long a node may take until it answers, in milliseconds. */
const START_TIMEOUT = 60_000;
/** How long nodes that run may take until all see each other, in milliseconds. */
const MEETING_TIMEOUT = 40_000;
/** How long an answer to one question about a node's state may take, in milliseconds. */
const ANSWER_TIMEOUT = 1000;

/** Folders that `go install` writes programs to. */
function goFolders(): string[] {
  try {
    const [bin = '', path = ''] = execFileSync('go', ['env', 'GOBIN', 'GOPATH'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).split('\n');
    return [bin, ...path.split(delimiter).map((folder) => join(folder, 'bin'))];
  } catch {
    return [];
  }
}

/**
 * Path of the program `weaviate-server`: `WEAVIATE_SERVER`, else on PATH, else where Go installs
 * programs. Prints the reason for skipped tests when there is none.
 */
export function weaviateServer(): string | undefined {
  const { WEAVIATE_SERVER, PATH = '' } = process.env;
  const folders = [...PATH.split(delimiter), ...goFolders()].filter((folder) => folder !== '');
  const places = folders.map((folder) => join(folder, 'weaviate-server'));
  const found = [...(WEAVIATE_SERVER ? [WEAVIATE_SERVER] : places)].find(existsSync);
  if (found === undefined) {
    console.warn(
      'skipped: weaviate-server is absent (go install github.com/weaviate/weaviate/cmd/weaviate-server@v1.33.0)',
    );
  }
  return found;
}

/** `count` free ports in a row, held while `work` runs. */
export async function holdPorts(
  count: number,
): Promise<{ first: number; free: () => Promise<void> }> {
  const listen = async (port: number) => {
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    return server;
  };
  for (;;) {
    // Below the ports that systems give to outgoing connections, which could take one in between.
    const first = 10_000 + Math.floor(Math.random() * 20_000);
    const held: Server[] = [];
    try {
      while (held.length < count) held.push(await listen(first + held.length));
    } catch {
      // The next port is taken: another row is tried.
    }
    const free = async () => {
      for (const server of held) {
        server.close();
        await once(server, 'close');
      }
    };
    if (held.length === count) return { first, free };
    await free();
  }
}

/** Whether something listens on a port of this machine. */
async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** One Weaviate process and how to reach it. */
interface WeaviateNode {
  name: string;
  /** Ports of REST and gRPC. */
  port: number;
  grpcPort: number;
  /** Of the running process. */
  readonly pid: number | undefined;
  /** Kills the process (SIGKILL), as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on its own data, unless it runs, and waits until it answers. */
  start(): Promise<void>;
  /** The last lines of its log. */
  log(): string;
}

/** Weaviate nodes of one cluster on this machine. */
export interface WeaviateCluster {
  /** Where their data are. */
  folder: string;
  nodes: WeaviateNode[];
  /** The nodes as `--engine` takes them. */
  engine: string;
  /**
   * Starts the nodes that do not run, as a test that was given up may leave them, and waits until each sees
   * all as healthy.
   */
  heal(): Promise<void>;
  /** Kills all and removes their data. */
  stop(): Promise<void>;
}

/**
 * Starts a cluster of Weaviate on free ports of this machine, with its data in a temporary folder.
 * @param environment further settings of every node
 */
export async function startWeaviate(
  program: string,
  count: number,
  environment: Readonly<Record<string, string>> = {},
): Promise<WeaviateCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'semblance-weaviate-'));
  // In a cluster on one machine the data port follows that of gossip, and RPC that of raft.
  const held = await Promise.all(Array.from({ length: count }, () => holdPorts(7)));
  const ports = held.map(({ first }) => first);
  for (const { free } of held) await free();
  const nodes = ports.map((first, i): WeaviateNode => {
    const name = `node${i + 1}`;
    const log = join(folder, `${name}.log`);
    const port = first + 4;
    const grpcPort = first + 5;
    let process_: ChildProcess | undefined;
    const runs = () =>
      process_ !== undefined && process_.exitCode === null && process_.signalCode === null;
    const lastLines = () => readFileSync(log, 'utf8').slice(-3000);
    const launch = async () => {
      const others: string[] = [];
      for (const other of ports) {
        if (other !== first && (await accepts(other))) others.push(`127.0.0.1:${other}`);
      }
      const out = openSync(log, 'a');
      process_ = spawn(program, ['--scheme=http', '--host=127.0.0.1', `--port=${port}`], {
        stdio: ['ignore', out, out],
        cwd: folder,
        env: {
          ...process.env,
          AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED: 'true',
          PERSISTENCE_DATA_PATH: join(folder, name),
          DISABLE_TELEMETRY: 'true',
          LOG_LEVEL: 'warning',
          GOMAXPROCS: '2',
          CLUSTER_HOSTNAME: name,
          CLUSTER_IN_LOCALHOST: 'true',
          CLUSTER_ADVERTISE_ADDR: '127.0.0.1',
          CLUSTER_ADVERTISE_PORT: String(first),
          CLUSTER_GOSSIP_BIND_PORT: String(first),
          CLUSTER_DATA_BIND_PORT: String(first + 1),
          RAFT_PORT: String(first + 2),
          RAFT_INTERNAL_RPC_PORT: String(first + 3),
          RAFT_JOIN: ports.map((p, n) => `node${n + 1}:${p + 2}`).join(),
          RAFT_BOOTSTRAP_EXPECT: String(count),
          ...(others.length === 0 ? {} : { CLUSTER_JOIN: others.join() }),
          GRPC_PORT: String(grpcPort),
          GO_PROFILING_PORT: String(first + 6),
          DISK_USE_READONLY_PERCENTAGE: '99',
          ...environment,
        },
      });
    };
    const start = async () => {
      if (!runs()) await launch();
      const deadline = performance.now() + START_TIMEOUT;
      for (;;) {
        const ready = await fetch(`http://127.0.0.1:${port}/v1/.well-known/ready`, {
          signal: AbortSignal.timeout(ANSWER_TIMEOUT),
        }).then(
          ({ ok }) => ok,
          () => false,
        );
        if (ready) return;
        if (!runs() || performance.now() > deadline) {
          throw new Error(`${name} did not start:\n${lastLines()}`);
        }
        await setTimeout(100);
      }
    };
    const kill = async () => {
      if (process_ === undefined || !runs()) return;
      const ended = once(process_, 'exit');
      process_.kill('SIGKILL');
      await ended;
    };
    return {
      name,
      port,
      grpcPort,
      get pid() {
        return process_?.pid;
      },
      kill,
      start,
      log: lastLines,
    };
  });
  /** The names of the nodes that a node, if it answers, sees as healthy. */
  const seenBy = async ({ port }: WeaviateNode): Promise<string[]> => {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/v1/nodes`, {
        signal: AbortSignal.timeout(ANSWER_TIMEOUT),
      });
      if (!response.ok) return [];
      const seen = (await response.json()) as { nodes: { name: string; status: string }[] };
      return seen.nodes.filter(({ status }) => status === 'HEALTHY').map(({ name }) => name);
    } catch {
      return [];
    }
  };
  const heal = async () => {
    await Promise.all(nodes.map((node) => node.start()));
    const deadline = performance.now() + MEETING_TIMEOUT;
    for (;;) {
      const seen = await Promise.all(nodes.map(seenBy));
      if (seen.every((names) => names.length === count)) return;
      if (performance.now() > deadline) {
        const states = nodes.map(
          (node, i) => `${node.name} sees ${seen[i]?.join(', ') || 'none'}:\n${node.log()}`,
        );
        throw new Error(`The nodes do not see each other.\n${states.join('\n')}`);
      }
      await setTimeout(200);
    }
  };
  const stop = async () => {
    for (const node of nodes) await node.kill();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    // A node joins those that gossip already; none is ready before all of them have met.
    const starts: Promise<void>[] = [];
    for (const [i, node] of nodes.entries()) {
      starts.push(node.start());
      if (i === 0) while (!(await accepts(ports[0] as number))) await setTimeout(50);
    }
    await Promise.all(starts);
  } catch (error) {
    await stop();
    throw error;
  }
  const hosts = nodes.map(({ port, grpcPort }) => `127.0.0.1:${port}:${grpcPort}`);
  return { folder, nodes, engine: `weaviate=${hosts.join()}`, heal, stop };
}
