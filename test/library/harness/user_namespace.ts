import type { Config } from '../../oci/harness/index.js';

/** The first id on the host of {@link withUserNamespace}. */
export const first = 100_000;

/** Gives a container a user namespace with 65,536 ids. */
export function withUserNamespace(config: Config): void {
  config.linux.namespaces.push({ type: 'user' });
  config.linux.uidMappings = config.linux.gidMappings = [{ containerID: 0, hostID: first, size: 65_536 }];
}
