import type { Config } from '../../oci/harness/index.js';

/** Nothing is mounted on /dev or below: it is the image's own. */
export function withoutDev(config: Config): void {
  config.mounts = config.mounts.filter(({ destination }) => destination !== '/dev' && !destination.startsWith('/dev/'));
}
