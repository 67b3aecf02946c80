import type {
  InstalledModel,
  ModelList,
  ModelTemplate,
  PulledModel,
  RemovedModel,
  Verification,
} from '../contract/encoders.ts';
import { SemblanceError } from '../domain/errors/error.ts';
import { findEncoder } from '../encoding/encoders/registry.ts';
import { listInstalled, readInstalled, removeModel } from '../encoding/models/installed.ts';
import type { Pulled } from '../encoding/models/pull.ts';
import {
  findTemplate,
  readCatalogue,
  relativeOf,
  type ModelTemplate as Template,
} from '../encoding/models/template.ts';
import type { ProviderChoice } from '../runtime/provider.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import type { Call } from './call.ts';

/** A checkpoint that is on this machine. */
export interface AddModelRequest {
  /** Model of the catalogue, a template file, or a new name with `like`. */
  name: string;
  /** Folder of the official files, or the weights' file. */
  from: string;
  /** Model of the catalogue that this one is a relative of. */
  like?: string | undefined;
  /** Which of several models of a checkpoint, by its tensors' names. */
  prefix?: string | undefined;
  precision?: 'fp32' | 'int8' | undefined;
}

/** A model that is to be fetched. */
export interface PullModelRequest {
  /** Model of the catalogue, or a template file. */
  name: string;
  /** Address (by default huggingface.co) and token of the hub; undefined: only files that were fetched before are used. */
  hub: { endpoint?: string | undefined; token?: string | undefined } | undefined;
  precision?: 'fp32' | 'int8' | undefined;
}

/** The hub that the environment names, and what lets one in; an empty variable counts as none. */
export function hubOfEnvironment(): NonNullable<PullModelRequest['hub']> {
  const { SEMBLANCE_HUB, HF_ENDPOINT, HF_TOKEN = '' } = process.env;
  const token = HF_TOKEN.trim();
  return { endpoint: SEMBLANCE_HUB || HF_ENDPOINT || undefined, ...(token && { token }) };
}

/** Whether the environment lets no model be fetched. */
export function isOfflineByEnvironment(): boolean {
  const { SEMBLANCE_OFFLINE = '' } = process.env;
  return !['', '0', 'false'].includes(SEMBLANCE_OFFLINE.toLowerCase());
}

/** Published encoders, from their official checkpoints. What compiles them is loaded when it is needed. */
export class ModelService {
  /** @internal */
  constructor(
    private readonly directory: DataDirectory,
    private readonly provider: ProviderChoice,
  ) {}

  /** What can be added, and what has been: the catalogue, then the user's own relatives. */
  list(): ModelList {
    const installed = new Map(listInstalled(this.directory).map((model) => [model.name, model]));
    const known = readCatalogue().map((template) => ({
      name: template.name,
      title: template.title,
      dimension: template.dimension,
      licence: template.licence,
      source: template.source,
      gated: template.hub?.gated ?? false,
      text: template.text !== undefined,
      published: template.published,
      catalogue: true,
      installed: installed.delete(template.name),
    }));
    const own = [...installed.values()].map(
      ({ name, title, dimension, licence, source, text }) => ({
        name,
        title,
        dimension,
        licence,
        source,
        gated: false,
        text,
        published: null,
        catalogue: false,
        installed: true,
      }),
    );
    return { models: [...known, ...own] };
  }

  /**
   * The template of a model of the catalogue, or of a template file.
   * @throws SemblanceError ENCODER_NOT_FOUND, and ENCODER_INVALID for such a file
   */
  template({ name }: { name: string }): ModelTemplate {
    return findTemplate(name);
  }

  /**
   * Compiles a checkpoint that is on this machine.
   * @throws SemblanceError ENCODER_NOT_FOUND and those of `installModel`
   */
  async add({ name, from, like, prefix, precision }: AddModelRequest): Promise<InstalledModel> {
    const { installModel } = await import('../encoding/models/install.ts');
    const template = like === undefined ? findTemplate(name) : relativeOf(like, name);
    return installModel(this.directory, template, from, {
      relative: like !== undefined,
      provider: this.provider,
      ...(precision !== undefined && { precision }),
      ...(prefix !== undefined && { prefix }),
    });
  }

  /**
   * Fetches a model from a hub and compiles it.
   * @throws SemblanceError ENCODER_NOT_FOUND, HUB_*, and those of `installModel`
   */
  async pull(call: Call, { name, hub, precision }: PullModelRequest): Promise<PulledModel> {
    const { installModel } = await import('../encoding/models/install.ts');
    const template = findTemplate(name);
    const { weights, revision, files } = await this.fetch(call, template, hub);
    const installed = await installModel(this.directory, template, weights, {
      provider: this.provider,
      ...(precision !== undefined && { precision }),
    });
    return { ...installed, revision, files, licence: template.licence };
  }

  /**
   * Runs an encoder, and compares it with a golden if there is one.
   * @param request `golden`: folder with input.safetensors and expected.safetensors
   * @throws SemblanceError ENCODER_NOT_FOUND, ENCODER_INVALID, ENCODER_FAILED
   */
  async verify({
    name,
    golden,
  }: {
    name: string;
    golden?: string | undefined;
  }): Promise<Verification> {
    const { verifyEncoder } = await import('../encoding/models/verify.ts');
    const definition = await findEncoder(name, this.directory.encodersFolder);
    return verifyEncoder(definition, {
      golden,
      provider: this.provider,
      asPublished: readInstalled(this.directory, name)?.asPublished ?? false,
    });
  }

  /**
   * Removes a model and its compiled form; collections keep their embeddings.
   * @throws SemblanceError ENCODER_NOT_FOUND
   */
  remove({ name }: { name: string }): RemovedModel {
    if (!removeModel(this.directory, name)) {
      throw new SemblanceError('ENCODER_NOT_FOUND', 'It is not installed.', { subject: name });
    }
    return { removed: name };
  }

  private async fetch(
    { signal, progress }: Call,
    template: Template,
    options: PullModelRequest['hub'],
  ): Promise<Pulled> {
    const { pulledBefore, pullModel } = await import('../encoding/models/pull.ts');
    if (options === undefined) return pulledBefore(this.directory, template);
    const { DEFAULT_ENDPOINT, Hub } = await import('../encoding/models/hub.ts');
    const { endpoint = DEFAULT_ENDPOINT, token } = options;
    const hub = new Hub({ endpoint, ...(token !== undefined && { token }) });
    try {
      return await pullModel(this.directory, template, hub, (file, done, total, before) => {
        signal?.throwIfAborted();
        progress?.(done, total, { unit: 'bytes', of: file, before });
      });
    } finally {
      await hub.close();
    }
  }
}
