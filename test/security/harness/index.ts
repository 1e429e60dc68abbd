export * from '../../oci/harness/index.js';
export { canary, type Canary } from './canary.js';
export { gone } from './gone.js';
export { place } from './place.js';
export { swapping } from './swapping.js';
export { withoutDev } from './without_dev.js';
