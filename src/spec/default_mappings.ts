import { makesUserNamespace } from './namespaces.js';
import type { IdMapping, Spec } from './types.js';

/** crun's choice: the container's root is root of the host's user namespace, and no other user exists. */
const rootAlone: readonly IdMapping[] = [{ containerID: 0, hostID: 0, size: 1 }];

/**
 * Whether a new user namespace is configured without any id mappings, which the specification allows (config-linux.md, "User namespace
 * mappings").
 */
export function lacksMappings(spec: Spec): boolean {
  const { uidMappings = [], gidMappings = [] } = spec.linux ?? {};
  return makesUserNamespace(spec) && uidMappings.length === 0 && gidMappings.length === 0;
}

/**
 * Adds id mappings to a configuration that needs them. A user namespace without them would be useless, because nobody in it could be root
 * (user_namespaces(7)).
 */
export function withMappings<S extends Spec>(spec: S): S {
  if (!lacksMappings(spec)) return spec;
  return { ...spec, linux: { ...spec.linux, uidMappings: rootAlone, gidMappings: rootAlone } };
}
