/** The checkpoints of ctr 2, by containerd's shim. */
import { inSid } from '../harness/sid.js';

await inSid('/usr/bin/containerd', () => import('../ctr/checkpoint.test.js'));
