/** The checkpoints of ctr 2, by tsrun's own shim. */
import { inSid } from '../harness/sid.js';

await inSid('/usr/bin/containerd', () => import('../shim/checkpoint.test.js'));
