import type { SlotMaker } from '../../container/warm/prewarm.js';

/** What a pool is made of. */
export interface PoolRequest {
  readonly size: number;
  readonly max: number;
  readonly maker: SlotMaker;
  /** Whether the program is creating containers now. */
  readonly isCreating: () => boolean;
}
