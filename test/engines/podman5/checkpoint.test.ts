import { inSid } from '../harness/sid.js';

await inSid('/usr/bin/podman', () => import('../podman/checkpoint.test.js'));
