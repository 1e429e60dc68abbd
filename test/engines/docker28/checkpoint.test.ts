import { inSid } from '../harness/sid.js';

await inSid('/usr/sbin/dockerd', () => import('../docker/checkpoint.test.js'));
