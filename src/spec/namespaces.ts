import type { NamespaceType } from './names/namespaces.js';
import type { Spec } from './types.js';

/** Whether the container has a namespace of this type that it does not share with tsrun: a new one, or one that it joins. */
export function hasNamespace(spec: Spec, type: NamespaceType): boolean {
  return spec.linux?.namespaces?.some((namespace) => namespace.type === type) === true;
}

/** The path of the namespace that the container joins; undefined if it gets a new one, or none. */
export function namespacePath(spec: Spec, type: NamespaceType): string | undefined {
  const path = spec.linux?.namespaces?.find((namespace) => namespace.type === type)?.path;
  return path === '' ? undefined : path;
}

/** Whether the container gets a new namespace of this type. */
export function makesNamespace(spec: Spec, type: NamespaceType): boolean {
  return hasNamespace(spec, type) && namespacePath(spec, type) === undefined;
}

/** Whether the container gets a new user namespace. */
export function makesUserNamespace(spec: Spec): boolean {
  return makesNamespace(spec, 'user');
}
