import type { Mount } from './types.js';

/** Whether a mount is a bind mount of an existing file or directory of the host (config.md, "Mounts"). */
export function isBind({ type, options }: Mount): boolean {
  return type === 'bind' || (options !== undefined && (options.includes('bind') || options.includes('rbind')));
}
