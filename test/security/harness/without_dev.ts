import type { Config } from '../../oci/harness/index.js';

/** Mounts nothing on /dev or below, so that it is the image's own. */
export function withoutDev(config: Config): void {
  config.mounts = config.mounts.filter(({ destination }) => destination !== '/dev' && !destination.startsWith('/dev/'));
}
