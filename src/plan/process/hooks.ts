import type { Hook } from '../../spec/types.js';
import { environmentOf } from './environment.js';
import { syncPoint, type Operation } from '../../protocol/operations.js';
import type { CreateInput } from '../types.js';

/** prestart and createRuntime hooks run on the host: tsrun-init waits for them. */
export function hostHooks({ spec }: CreateInput): readonly Operation[] {
  const count = (spec.hooks?.prestart?.length ?? 0) + (spec.hooks?.createRuntime?.length ?? 0);
  return count === 0 ? [] : [{ op: 'sync', point: syncPoint.hooks }];
}

/** Hooks in the container's namespaces, with the host's files: before the root is switched (config.md, "CreateContainer Hooks"). */
export function createContainerHooks(input: CreateInput): readonly Operation[] {
  return hookOperations(input, input.spec.hooks?.createContainer, { status: 'creating', environment: [], home: 0 });
}

/**
 * Hooks inside the container, right before the user's program (config.md, "StartContainer Hooks"). A hook without `env` gets the program's
 * environment; the specification does not define this, and runc has always done so.
 */
export function startContainerHooks(input: CreateInput): readonly Operation[] {
  const hooks = input.spec.hooks?.startContainer;
  if (hooks === undefined) return [];
  const { entries, needsHome } = environmentOf(input.spec.process.env ?? [], 0);
  return hookOperations(input, hooks, { status: 'created', environment: entries, home: needsHome ? 1 : 0 });
}

/** Defaults of all hooks of one kind. */
interface Surroundings {
  readonly status: string;
  readonly environment: readonly string[];
  /** 1 if HOME comes from the container's /etc/passwd. */
  readonly home: 0 | 1;
}

function hookOperations(
  input: CreateInput,
  hooks: readonly Hook[] | undefined,
  { status, environment, home }: Surroundings,
): readonly Operation[] {
  if (hooks === undefined || hooks.length === 0) return [];
  const state = stateOf(input, status);
  return hooks.map((hook, index) => ({
    op: 'hook',
    index,
    timeout: (hook.timeout ?? 0) * 1000,
    home: hook.env === undefined ? home : 0,
    path: hook.path,
    args: hook.args ?? [hook.path],
    environment: hook.env ?? environment,
    state,
  }));
}

/**
 * The state on a hook's standard input (runtime.md, "State"). \x01 stands for the process id that only tsrun-init knows; JSON.stringify
 * never writes that character, it would escape it.
 */
function stateOf({ id, bundle, spec }: CreateInput, status: string): string {
  const { ociVersion, annotations } = spec;
  const rest = JSON.stringify({ bundle, ...(annotations === undefined ? {} : { annotations }) });
  return `${JSON.stringify({ ociVersion, id, status }).slice(0, -1)},"pid":\x01,${rest.slice(1)}`;
}
