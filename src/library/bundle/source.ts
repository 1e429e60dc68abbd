import type { CreationRequest } from '../../container/options.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import type { Shape } from '../../spec/shapes/shape.js';
import { sys } from '../../sys/call.js';
import { checked } from '../arguments/checked.js';
import { optionsOf } from '../arguments/options_of.js';
import type { BundleSource } from '../requests.js';
import { configText, isDefined } from './config_text.js';

interface Origin extends BundleSource {
  readonly configFile?: string;
  readonly overlay?: string;
}

interface Source<T> {
  /** The method that was called, for messages. */
  readonly method: string;
  readonly request: T;
  /** Of all of the request but `config`. */
  readonly shape: Shape<unknown>;
  readonly beside?: readonly string[];
}

/** A request without where its configuration comes from. */
type Others<T> = Omit<T, keyof Origin>;

/** Where the configuration comes from, as what creates containers takes it. */
type Resolved = Pick<CreationRequest, 'configFile' | 'configText' | 'lowers' | 'overlay'> & {
  /** Absent if the request names neither a directory nor a configuration. */
  readonly bundle?: string;
};

/**
 * A checked request, with its configuration as what creates containers takes it.
 * @throws RuntimeError `usage`
 */
export function sourceOf<T extends Origin>({ method, request, shape, beside = [] }: Source<T>): Others<T> & Resolved {
  const { config, ...data } = optionsOf(method, request);
  const { layers, bundle, overlay, configFile, ...others } = checked<Omit<Origin, 'config'>>({
    method,
    value: data,
    shape,
    beside: [...beside, 'config'],
  });
  const given = (config ?? null) !== null;
  if (given && configFile !== undefined) throw wrong(method, 'configFile', 'give either "config" or "configFile"');
  const directory = bundle ?? (given ? '.' : undefined);
  const resolved: Resolved = {
    ...(directory === undefined ? {} : { bundle: directory }),
    ...(configFile === undefined ? {} : { configFile }),
    ...(given ? { configText: configText(method, config) } : {}),
    ...(layers === undefined
      ? overlay === undefined
        ? {}
        : { overlay }
      : { lowers: absolute(method, layers), overlay: overlay ?? 'memory' }),
  };
  return { ...(others as unknown as Others<T>), ...resolved };
}

/** For what is read again later: the program may have changed its working directory by then. */
export function withAbsolutePaths<T extends Resolved & { readonly bundle: string }>(source: T): T {
  const { bundle, configFile, overlay } = source;
  const resolve = (path: string): string => (path === '' || path.startsWith('/') ? path : `${sys().realPath({ path: '.' })}/${path}`);
  return {
    ...source,
    bundle: resolve(bundle),
    ...(configFile === undefined ? {} : { configFile: resolve(configFile) }),
    ...(overlay === undefined || overlay === 'memory' ? {} : { overlay: resolve(overlay) }),
  };
}

/** The error if a call needs a bundle and there is none. */
export function noBundle(method: string): RuntimeError {
  return wrong(method, 'bundle', '"bundle" must be a string, found nothing');
}

/** The same error, with what to do about it if the limit is one of defineBundle's. */
export function withRemedy(error: unknown, { config }: BundleSource): unknown {
  if (
    !(error instanceof RuntimeError) ||
    error.code !== 'controller-missing' ||
    (config ?? null) === null ||
    !isDefined(config as object)
  ) {
    return error;
  }
  const name = /^\/linux\/resources\/(memory|cpu|pids)/.exec(error.path ?? '')?.[1];
  const member = name === 'cpu' ? 'cpus' : name;
  if (member === undefined) return error;
  const { message, phase, operation = 'limit', path = '', hint = '' } = error;
  return new RuntimeError(message, {
    code: 'controller-missing',
    phase,
    operation,
    path,
    hint: `${hint.replace(/, or remove \S+ from config\.json$/, '')}, or do without this limit: limits: { ${member}: 'none' } in defineBundle`,
    cause: error,
  });
}

function absolute(method: string, layers: readonly string[]): readonly string[] {
  if (layers.length > 0 && layers.every((layer) => layer.startsWith('/'))) return layers;
  throw wrong(method, 'layers', '"layers" must be one or more absolute directories, topmost first');
}

function wrong(method: string, path: string, reason: string): RuntimeError {
  return new RuntimeError(`${method}: ${reason}`, {
    code: 'usage',
    phase: 'command',
    operation: method,
    path,
    hint: 'pass the directory of a bundle as "bundle", or what defineBundle returns',
  });
}
