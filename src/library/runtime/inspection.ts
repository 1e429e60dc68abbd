import { featuresDocument } from '../../features/document.js';
import type { Features } from '../../features/types.js';
import { isUnified } from '../../host/mounts/cgroup.js';
import { supportedSeccompFlags } from '../../host/seccomp_flags.js';
import type { Problem } from '../../spec/problem.js';
import { templateSpec } from '../../spec/template.js';
import { sys } from '../../sys/call.js';
import { checked } from '../arguments/checked.js';
import { specShape } from '../arguments/shapes.js';
import type { Config } from '../bundle/config/index.js';
import type { CheckRequest, PlannedOperation, PlanRequest, SpecRequest } from '../requests.js';
import { build } from './build.js';
import { problemsOf } from './check.js';
import { operationsOf } from './plan.js';
import { StateRoot } from './state_root.js';

/** What can be asked without creating anything. */
export abstract class Inspection extends StateRoot {
  /**
   * Lists everything that is wrong or doubtful in a configuration on this host. Changes nothing.
   *
   * @param request - A bundle, or a configuration.
   * @returns The problems that `tsrun check --format json` prints. Those with the severity `error` prevent a container.
   * @throws {@link RuntimeError} `usage` if an argument has the wrong type.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * const process = { cwd: 'here', args: ['sh'] };
   * const [problem] = runtime.check({ config: { ociVersion: '1.3.0', process, root: { path: 'hello/rootfs' } } });
   * console.log(problem?.pointer); // prints /process/cwd
   * ```
   */
  check(request: CheckRequest): readonly Problem[] {
    return problemsOf(request, this.cache);
  }

  /**
   * Lists what the init of a container would do, in order, as `tsrun plan` does. Changes nothing.
   *
   * @param request - A bundle, or a configuration.
   * @returns The operations of tsrun-init.
   * @throws {@link RuntimeError} What {@link Runtime.create} throws because of an argument, the bundle or its config.json.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * const last = runtime.plan({ bundle: './hello' }).at(-1);
   * console.log(last?.operation); // prints execute
   * ```
   */
  plan(request: PlanRequest): readonly PlannedOperation[] {
    const { root, allowAnnotations, warn, cache } = this;
    return operationsOf({ root, allowAnnotations, warn, cache, request });
  }

  /**
   * Returns the configuration that `tsrun spec` writes: `sh` on a terminal, in new namespaces, with the directory `rootfs` of the bundle as
   * a read-only root file system. Writes nothing.
   *
   * @param request - For whom the container is.
   * @returns A new object, which the caller may change.
   * @throws {@link RuntimeError} `usage` if an argument has the wrong type.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const runtime = new Runtime();
   * const { process, ...config } = runtime.spec();
   * if (process === undefined) throw new Error('the template has a process');
   * const own = { ...config, process: { ...process, terminal: false, args: ['echo', 'from a template'] } };
   * const { stdout } = await runtime.run({ bundle: './hello', config: own });
   * console.log(stdout.trim()); // prints from a template
   * ```
   */
  spec(request: SpecRequest = {}): Config {
    const { rootless = false } = checked({ method: 'spec', value: request, shape: specShape });
    const { euid: uid, egid: gid } = sys().ids();
    return ownCopy(templateSpec({ rootless: rootless ? { uid, gid } : null, unified: isUnified() })) as Config;
  }

  /**
   * Returns what `tsrun features` prints: the features document of the runtime specification (features.md).
   *
   * @returns What this release supports, as a new object. Only the supported flags of seccomp depend on the host's kernel.
   * @throws Nothing.
   *
   * @example
   * ```ts
   * import { Runtime } from '@tsrun/runtime';
   *
   * const { ociVersionMax, linux } = new Runtime().features();
   * console.log(ociVersionMax, linux.namespaces.includes('time')); // prints 1.3.0 true
   * ```
   */
  features(): Features {
    return ownCopy(featuresDocument({ ...build(), seccomp: sys().versions().seccomp, seccompFlags: supportedSeccompFlags() }));
  }
}

/** The documents contain our own lists of names, which a caller must not change. */
function ownCopy<T>(document: T): T {
  return JSON.parse(JSON.stringify(document)) as T;
}
