import type { Spec } from '../spec/types.js';

/** `linux.resources` of the configuration, and what `update` takes. */
export type Resources = NonNullable<NonNullable<Spec['linux']>['resources']>;

/** One part of the resources, such as `memory`. */
export type Part<N extends keyof Resources> = NonNullable<Resources[N]>;
