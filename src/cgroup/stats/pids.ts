import type { HeldCgroup } from '../identity.js';
import { countIn, limitIn } from './file.js';
import type { PidsStats } from './types.js';

export function pidsStats(held: HeldCgroup): PidsStats {
  const current = countIn(held, 'pids.current');
  const limit = limitIn(held, 'pids.max');
  return { ...(current === undefined ? {} : { current }), ...(typeof limit === 'number' ? { limit } : {}) };
}
