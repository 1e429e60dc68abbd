import type { Mount } from './types.js';

/** Whether an existing file or directory of the host is mounted (config.md, "Mounts"). */
export function isBind({ type, options }: Mount): boolean {
  return type === 'bind' || (options !== undefined && (options.includes('bind') || options.includes('rbind')));
}
