import { complete } from '../cli/shims/complete.js';
import { offerShim } from './offer_shim.js';

/**
 * The program of containerd's `start` and `delete`, which is loaded for each container twice, and mostly needs neither the server nor the
 * conductor.
 */
const handOver = (): Promise<never> => complete('shim.js');

offerShim(() => ({ serve: handOver, printInfo: handOver, deleteForced: handOver }));
