import { hasNamespace } from '../spec/namespaces.js';
import type { ValidSpec } from '../spec/types.js';
import { buildCreatePlan, commonParts, planOf, type CommonParts } from '../plan/build.js';
import type { ContainerPlan, CreateInput } from '../plan/types.js';

/** Caches plans by their configurations, so that another container of the same one only needs what differs. */
export class PlanCache {
  readonly #known = new WeakMap<ValidSpec, { readonly input: CreateInput; readonly common: CommonParts }>();

  /** Like {@link buildCreatePlan}. */
  build(input: CreateInput): ContainerPlan {
    // The middle of such a plan has a mount that belongs to the container.
    if (input.notifyDirectory !== undefined) return buildCreatePlan(input);
    const known = this.#known.get(input.spec);
    if (known !== undefined && haveTheSameParts(known.input, input)) return planOf(input, known.common);
    const common = commonParts(input);
    this.#known.set(input.spec, { input, common });
    return planOf(input, common);
  }
}

/**
 * Whether {@link commonParts} are the same for two containers of one configuration. Compares everything they are made from, except facts of
 * the host that never change (`readHostFacts`), and security modules, which only matter by being enabled.
 */
function haveTheSameParts(a: CreateInput, b: CreateInput): boolean {
  return (
    a.bundle === b.bundle &&
    a.rootfs === b.rootfs &&
    a.host.euid === b.host.euid &&
    a.overlay === null &&
    b.overlay === null &&
    a.noPivot === b.noPivot &&
    a.preserve === b.preserve &&
    a.listenFds === b.listenFds &&
    a.waitsOnListener === b.waitsOnListener &&
    a.plainLines === b.plainLines &&
    a.seccompFilter === b.seccompFilter &&
    a.host.cgroupMount === b.host.cgroupMount &&
    (a.cgroupPath === b.cgroupPath || !bindsCgroup(a.spec))
  );
}

/** Whether the container's cgroup is bound into it (`cgroupMount`). */
function bindsCgroup(spec: ValidSpec): boolean {
  const { mounts = [] } = spec;
  return !hasNamespace(spec, 'cgroup') && mounts.some(({ type }) => type === 'cgroup' || type === 'cgroup2');
}
