import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { INDEX_BUILD, type IndexBuild, type LogEvent } from '../domain/logger.ts';
import type { ObservedRequest } from './observed.ts';
import { VERSION } from './pages.ts';

/** So long is waited for the collector when the server ends, in milliseconds. */
const LAST_WAIT = 3000;
/** `traceparent` of W3C Trace Context: trace, span, and whether it is recorded. */
const PARENT = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/;

/** Spans of requests, tasks and indices that are built, by facts that name nobody, sent to a collector of OpenTelemetry. */
export class Traces {
  private readonly provider: BasicTracerProvider;
  private readonly tasks = new Map<number, number>();
  private readonly built = (message: unknown) => {
    const now = Date.now();
    this.tracer.startSpan('index build', { startTime: now - (message as IndexBuild).ms }).end(now);
  };

  /** @param endpoint of the collector, without `/v1/traces` */
  constructor(endpoint: string) {
    const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
    this.provider = new BasicTracerProvider({
      // Nothing is found out about the machine.
      resource: resourceFromAttributes({ 'service.name': 'semblance', 'service.version': VERSION }),
      spanProcessors: [
        new BatchSpanProcessor(new OTLPTraceExporter({ url, timeoutMillis: LAST_WAIT })),
      ],
    });
    subscribe(INDEX_BUILD, this.built);
  }

  /** A request whose answer has ended. */
  observe({ id, method, route, status, ms, bytes, actor, code, parent }: ObservedRequest): void {
    const now = Date.now();
    const [, traceId = '', spanId = '', flags = ''] = PARENT.exec(parent ?? '') ?? [];
    const context =
      traceId === ''
        ? ROOT_CONTEXT
        : trace.setSpanContext(ROOT_CONTEXT, {
            ...{ traceId, spanId, isRemote: true },
            traceFlags: Number.parseInt(flags, 16),
          });
    const attributes = {
      ...{ 'http.request.method': method, 'http.response.status_code': status },
      ...{ 'http.response.body.size': bytes, 'semblance.request': id, 'semblance.actor': actor },
      ...(route !== null && { 'http.route': route }),
      ...(code !== null && { 'error.type': code }),
    };
    const name = `${method} ${route ?? ''}`.trim();
    const options = { kind: SpanKind.SERVER, attributes, startTime: now - ms };
    const span = this.tracer.startSpan(name, options, context);
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(now);
  }

  /** What a log is told: a task from where it is begun to where it ends. */
  event({ event, task, kind, state, code }: LogEvent): void {
    if (event !== 'task' || typeof task !== 'number') return;
    const now = Date.now();
    if (state === 'running') {
      this.tasks.set(task, now);
      return;
    }
    const startTime = this.tasks.get(task);
    if (startTime === undefined || state === 'pausing' || state === 'cancelling') return;
    this.tasks.delete(task);
    const attributes = {
      ...{ 'semblance.task': task, 'semblance.task.kind': kind ?? '' },
      ...{ 'semblance.task.state': state ?? '', ...(code != null && { 'error.type': code }) },
    };
    const span = this.tracer.startSpan(`task ${kind}`, { startTime, attributes });
    if (state === 'failed' || state === 'lost') span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(now);
  }

  /** Sends what waits, if the collector takes it soon. */
  async close(): Promise<void> {
    unsubscribe(INDEX_BUILD, this.built);
    const late = new Promise((resolve) => setTimeout(resolve, LAST_WAIT).unref());
    await Promise.race([this.provider.shutdown().catch(() => undefined), late]);
  }

  private get tracer() {
    return this.provider.getTracer('semblance', VERSION);
  }
}
